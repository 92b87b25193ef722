package org.culebra.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.image.qcow2.TestImages;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract of block devices on a raw disk, and the sizes that are no whole sector. */
class RawDeviceTest extends BlockDeviceContractTest {
  private static final int ODD_BYTES = 10_001;
  private static final int SECTORS_BYTES = 10_240;

  private Path directory;

  @AfterEach
  void removeFiles() throws Exception {
    TestImages.remove(directory);
  }

  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    return new RawDevice(new MemoryDevice(parameters.capacityBytes()), parameters.readOnly());
  }

  private RawDevice odd(boolean growable) throws Exception {
    directory = TestImages.directory();
    Path file = directory.resolve("odd.raw");
    Files.write(file, Patterns.bytes(random(), ODD_BYTES));
    FileOptions options = FileOptions.DEFAULT.withGrowable(growable);
    RawDevice device = closeLater(new RawDevice(FileDevice.open(file, options), false));
    device.activate();
    return device;
  }

  @Test
  void shouldRoundTheSizeUpAndReadZeroesThere() throws Exception {
    RawDevice device = odd(false);
    byte[] content = Files.readAllBytes(directory.resolve("odd.raw"));
    assertEquals(SECTORS_BYTES, device.capacityBytes());
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      byte[] expected = java.util.Arrays.copyOf(content, SECTORS_BYTES);
      Patterns.assertSame(expected, queue.read(0, SECTORS_BYTES), "all");
      for (int i = 0; i < 10; i++) {
        byte[] last = java.util.Arrays.copyOfRange(expected, 9728, SECTORS_BYTES);
        Patterns.assertSame(last, queue.read(9728, 512), "the last sector");
      }
      assertEquals(-Errno.ENOSPC, queue.write(9728, new byte[512], 0));
    }
    assertEquals(ODD_BYTES, Files.size(directory.resolve("odd.raw")));
  }

  @Test
  void shouldLengthenAGrowableFileByWritingItsLastSector() throws Exception {
    RawDevice device = odd(true);
    assertEquals(SECTORS_BYTES, device.capacityBytes());
    byte[] last = Patterns.bytes(random(), 512);
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(9728, last);
      Patterns.assertSame(last, queue.read(9728, 512), "the last sector");
    }
    assertEquals(SECTORS_BYTES, Files.size(directory.resolve("odd.raw")));
  }
}
