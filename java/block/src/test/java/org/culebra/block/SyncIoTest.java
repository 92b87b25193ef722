package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.SplittableRandom;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SyncIoTest {
  private final SplittableRandom random = Seeds.random("SyncIoTest");
  private final Patterns.Native memory = new Patterns.Native(65536, 4096);
  private SimulatedBlockDevice device;

  @BeforeEach
  void activate() throws IOException {
    device = new SimulatedBlockDevice(1 << 20, Seeds.SEED);
    device.activate();
  }

  @AfterEach
  void close() {
    device.close();
  }

  @Test
  void shouldReadWhatItHasWritten() throws IOException {
    byte[] written = Patterns.bytes(random, 4096);
    try (SyncIo io = new SyncIo(device)) {
      memory.put(0, written);
      io.write(512, memory.address(), 4096);
      io.read(512, memory.address() + 8192, 4096);
    }
    Patterns.assertSame(written, memory.get(8192, 4096), "read back");
  }

  @Test
  void shouldUseVectors() throws IOException {
    byte[] written = Patterns.bytes(random, 1024);
    try (SyncIo io = new SyncIo(device);
        IoVector vector = new IoVector(2)) {
      vector.add(memory.address(), 512);
      vector.add(memory.address() + 4096, 512);
      Patterns.put(vector, 0, written);
      io.write(0, vector, BlockRequest.FUA);
      vector.zero(0, 1024);
      io.read(0, vector);
      Patterns.assertSame(written, Patterns.get(vector, 0, 1024), "read back");
    }
    Patterns.assertSame(written, device.afterPowerCut(1).content(0, 1024), "FUA");
  }

  @Test
  void shouldMakeDurableWhatItFlushes() throws IOException {
    byte[] written = Patterns.bytes(random, 512);
    memory.put(0, written);
    try (SyncIo io = new SyncIo(device)) {
      io.write(0, memory.address(), 512);
      io.flush();
      io.writeFua(4096, memory.address(), 512);
      io.writeZeroes(8192, 4096, BlockRequest.UNMAP);
      io.discard(16384, 4096);
    }
    SimulatedBlockDevice after = device.afterPowerCut(Seeds.SEED);
    Patterns.assertSame(written, after.content(0, 512), "flushed");
    Patterns.assertSame(written, after.content(4096, 512), "written with FUA");
    assertEquals(1, device.count(BlockOperation.DISCARD));
    assertEquals(1, device.count(BlockOperation.WRITE_ZEROES));
  }

  @Test
  void shouldNameDeviceAndOperationOfAnError() throws IOException {
    device.failNext(BlockOperation.WRITE_ZEROES, Errno.ENOSPC);
    try (SyncIo io = new SyncIo(device)) {
      BlockIoException e = assertThrows(BlockIoException.class, () -> io.writeZeroes(512, 1024, 0));
      assertEquals(Errno.ENOSPC, e.errno());
      assertEquals(
          "simulated:1048576: write zeroes 512+1024: ENOSPC (No space left on device)",
          e.getMessage());
      io.flush();
    }
  }

  @Test
  void shouldGiveUpAtTheTimeLimitAndLeaveMemoryAlone() throws IOException {
    device.hold(request -> request.operation() == BlockOperation.READ);
    try (SyncIo io = new SyncIo(device, 20_000_000)) {
      long address = memory.address();
      IOException e = assertThrows(IOException.class, () -> io.read(512, address, 512));
      assertEquals("simulated:1048576: read 512+512: no answer within 20 ms", e.getMessage());
      IOException later = assertThrows(IOException.class, io::flush);
      assertTrue(later.getMessage().contains("given up"), later.getMessage());
    }
    device.release();
  }

  @Test
  void shouldLeaveNoDescriptorBehind() throws IOException {
    int before = Fd.openCount();
    new SyncIo(device).close();
    device.deactivate();
    assertThrows(IOException.class, () -> new SyncIo(device));
    assertEquals(before, Fd.openCount());
  }
}
