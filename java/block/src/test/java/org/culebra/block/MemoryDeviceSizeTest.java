package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A disk in memory that is larger than the memory there is. */
class MemoryDeviceSizeTest {
  private static final long CAPACITY = 1L << 40;

  private static long residentKib() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(entry -> entry.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D+", ""));
  }

  @Test
  void shouldTakeMemoryOnlyForWhatIsWritten() throws IOException {
    byte[] written = Patterns.bytes(Seeds.random("size"), 4096);
    try (MemoryDevice device = new MemoryDevice(CAPACITY)) {
      device.activate();
      long beforeKib = residentKib();
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        // Past 2 GiB, past 4 GiB, and the end.
        for (long offset : new long[] {(2L << 30) - 2048, 5L << 30, CAPACITY - 4096}) {
          queue.write(offset, written);
          Patterns.assertSame(written, queue.read(offset, 4096), "at " + offset);
        }
        Patterns.assertZero(queue.read(100L << 30, 1 << 20), "never written");
        // As mkfs does it: the whole device. A chunk is 1 MiB here.
        assertEquals(0, queue.execute(BlockOperation.DISCARD, 0, CAPACITY, 0));
        assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, 0, CAPACITY, 0));
        Patterns.assertZero(queue.read(5L << 30, 4096), "discarded");
      }
      long tookKib = residentKib() - beforeKib;
      assertTrue(tookKib < 64 << 10, tookKib + " KiB taken");
    }
  }

  @Test
  void shouldTellWhatWasWrittenFromWhatWasNot() throws IOException {
    try (MemoryDevice device = new MemoryDevice(CAPACITY)) {
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        queue.write(10L << 30, new byte[] {1, 2, 3});
      }
      Extent extent = new Extent();
      device.extentAt(0, extent);
      assertEquals(Extent.Kind.ZERO, extent.kind());
      assertEquals(10L << 30, extent.lengthBytes());
      device.extentAt(10L << 30, extent);
      assertEquals(Extent.Kind.DATA, extent.kind());
      assertEquals(1 << 20, extent.lengthBytes());
    }
  }
}
