package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 2 of the contract: flush, FUA, discard, write zeroes, sizes, and what isn't allowed. */
abstract class ChangeContract extends DataContract {
  @Test
  void shouldFlushBeforeAndAfterWrites() throws Exception {
    BlockDevice device = device();
    QueueDriver queue = queue(device, 2);
    assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    assertEquals(0, queue.write(0, bytes(unit(device)), 0));
    assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
  }

  @Test
  void shouldReadWhatWasWrittenWithFua() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    byte[] written = bytes(8 * unit(device));
    assertEquals(0, queue.write(unit(device), written, BlockRequest.FUA));
    Patterns.assertSame(written, queue.read(unit(device), written.length), "FUA write");
  }

  @Test
  void shouldDiscardOrRefuseAsItsCapabilitiesSay() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int length = 256 * 1024;
    byte[] around = bytes(3 * length);
    queue.write(0, around);
    int expected = device.capabilities().discard() ? 0 : -Errno.EOPNOTSUPP;
    assertEquals(expected, queue.execute(BlockOperation.DISCARD, length, length, 0));
    byte[] now = queue.read(0, around.length);
    // What a discarded range reads as is undetermined, unless the discard was refused.
    byte[] left = expected == 0 ? now : around;
    System.arraycopy(left, length, around, length, length);
    Patterns.assertSame(around, now, "around the discarded range");
    byte[] again = bytes(length);
    queue.write(length, again);
    Patterns.assertSame(again, queue.read(length, length), "written after the discard");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, BlockRequest.UNMAP, BlockRequest.FUA, BlockRequest.UNMAP | 1})
  void shouldWriteZeroesOrRefuseAsItsCapabilitiesSay(int flags) throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    byte[] around = bytes(2 << 20);
    queue.write(0, around);
    // A single unit; one that crosses units of any cluster; one that is longer than any buffer.
    long[][] ranges = {{unit, unit}, {65536 - unit, 3L * unit}, {512 << 10, 1200L << 10}};
    boolean takes = device.capabilities().writeZeroes();
    for (long[] range : ranges) {
      int result = queue.execute(BlockOperation.WRITE_ZEROES, range[0], range[1], flags);
      assertEquals(takes ? 0 : -Errno.EOPNOTSUPP, result);
      byte value = 0;
      int to = takes ? (int) (range[0] + range[1]) : (int) range[0];
      java.util.Arrays.fill(around, (int) range[0], to, value);
    }
    Patterns.assertSame(around, queue.read(0, around.length), "zeroes, flags " + flags);
  }

  @Test
  void shouldWriteZeroesWithoutFallbackOrRefuse() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    byte[] around = bytes(1 << 20);
    queue.write(0, around);
    int flags = BlockRequest.NO_FALLBACK | BlockRequest.UNMAP;
    int result = queue.execute(BlockOperation.WRITE_ZEROES, 128 << 10, 256 << 10, flags);
    boolean can = device.capabilities().writeZeroes() && device.capabilities().fastZeroes();
    assertTrue(result == -Errno.EOPNOTSUPP || (can && result == 0), "result " + result);
    int to = result == 0 ? 384 << 10 : 128 << 10;
    java.util.Arrays.fill(around, 128 << 10, to, (byte) 0);
    Patterns.assertSame(around, queue.read(0, around.length), "zeroes without fallback");
  }

  @Test
  void shouldRefuseEveryChangeWhenReadOnly() throws Exception {
    assumeTrue(canBeReadOnly(), "can't be read-only");
    BlockDevice device = device(DeviceParameters.READ_ONLY);
    assertTrue(device.capabilities().readOnly());
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    assertEquals(-Errno.EROFS, queue.write(0, bytes(unit), 0));
    assertEquals(-Errno.EROFS, queue.execute(BlockOperation.DISCARD, 0, unit, 0));
    assertEquals(-Errno.EROFS, queue.execute(BlockOperation.WRITE_ZEROES, 0, unit, 0));
    assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    Patterns.assertZero(queue.read(0, 16 * unit), "read-only and never written");
  }

  @Test
  void shouldNotResizeWhenNotGrowable() throws Exception {
    BlockDevice device = device();
    assumeFalse(device.capabilities().growable(), "always growable");
    IOException e =
        assertThrows(IOException.class, () -> device.resize(device.capacityBytes() + 65536));
    assertTrue(e.getMessage().startsWith(device.name()), e.getMessage());
  }

  private BlockDevice growable() throws Exception {
    assumeTrue(canGrow(), "never growable");
    BlockDevice device = device(DeviceParameters.GROWABLE);
    assertTrue(device.capabilities().growable());
    return device;
  }

  @Test
  void shouldGrowByAWritePastTheEnd() throws Exception {
    BlockDevice device = growable();
    QueueDriver queue = queue(device, 1);
    long end = device.capacityBytes();
    int unit = unit(device);
    byte[] written = bytes(3 * unit);
    queue.write(end + 65536, written);
    assertEquals(end + 65536 + 3L * unit, device.capacityBytes());
    Patterns.assertSame(written, queue.read(end + 65536, 3 * unit), "past the old end");
    Patterns.assertZero(queue.read(end, 65536), "between the old end and the write");
    byte[] across = queue.read(end + 65536, 6 * unit);
    byte[] expected = java.util.Arrays.copyOf(written, 6 * unit);
    Patterns.assertSame(expected, across, "across the new end");
  }

  @Test
  void shouldReadZeroesPastTheEndWhenGrowable() throws Exception {
    BlockDevice device = growable();
    QueueDriver queue = queue(device, 1);
    long end = device.capacityBytes();
    Patterns.assertZero(queue.read(end + 4096, 131072), "past the end");
    assertEquals(end, device.capacityBytes(), "a read doesn't grow it");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, BlockRequest.UNMAP})
  void shouldGrowByWriteZeroesPastTheEnd(int flags) throws Exception {
    BlockDevice device = growable();
    assumeTrue(device.capabilities().writeZeroes(), "takes no write zeroes");
    long end = device.capacityBytes();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(end - 4096, bytes(4096));
      assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, end - 4096, 12288, flags));
      assertEquals(end + 8192, device.capacityBytes());
      Patterns.assertZero(queue.read(end - 4096, 12288), "zeroes across the end");
    }
    device.deactivate();
    device.activate();
    assertEquals(end + 8192, device.capacityBytes(), "lasts over deactivate");
  }

  @Test
  void shouldNotGrowByADiscard() throws Exception {
    BlockDevice device = growable();
    assumeTrue(device.capabilities().discard(), "takes no discard");
    QueueDriver queue = queue(device, 1);
    long end = device.capacityBytes();
    assertEquals(0, queue.execute(BlockOperation.DISCARD, end + 65536, 65536, 0));
    assertEquals(end, device.capacityBytes());
  }

  @Test
  void shouldResizeWhenGrowable() throws Exception {
    BlockDevice device = growable();
    QueueDriver queue = queue(device, 1);
    byte[] written = bytes(65536);
    queue.write(0, written);
    device.resize(32768);
    assertEquals(32768, device.capacityBytes());
    device.resize(1 << 20);
    assertEquals(1 << 20, device.capacityBytes());
    byte[] expected = java.util.Arrays.copyOf(java.util.Arrays.copyOf(written, 32768), 65536);
    Patterns.assertSame(expected, queue.read(0, 65536), "cut off and added again");
  }
}
