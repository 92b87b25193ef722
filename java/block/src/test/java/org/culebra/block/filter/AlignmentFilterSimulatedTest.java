package org.culebra.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.Limits;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sectors on a disk of 4096-byte units that delays and reorders. */
class AlignmentFilterSimulatedTest extends BlockDeviceContractTest {
  private static final Limits UNITS = new Limits(4096, 1, 4096, 0, 4096);

  private SimulatedBlockDevice simulated;

  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    simulated = new SimulatedBlockDevice(parameters.capacityBytes(), Seeds.SEED);
    simulated.limits(UNITS).readOnly(parameters.readOnly());
    return new AlignmentFilter(simulated, 512);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) {
    return new AlignmentFilter(simulated.afterPowerCut(Seeds.SEED), 512);
  }

  private BlockDevice active() throws Exception {
    BlockDevice device = closeLater(create(DeviceParameters.DEFAULT));
    device.activate();
    return device;
  }

  @Test
  void shouldPassAlignedRequestsOnUntouched() throws Exception {
    QueueDriver queue = closeLater(new QueueDriver(active(), 4));
    queue.write(8192, Patterns.bytes(random(), 8192));
    queue.read(4096, 4096);
    assertEquals(1, simulated.count(BlockOperation.WRITE));
    assertEquals(1, simulated.count(BlockOperation.READ));
  }

  @Test
  void shouldReadOnlyTheUnitsThatAreWrittenInPart() throws Exception {
    QueueDriver queue = closeLater(new QueueDriver(active(), 4));
    queue.write(4096 - 512, Patterns.bytes(random(), 512 + 8192 + 512));
    assertEquals(2, simulated.count(BlockOperation.READ), "head and tail");
    assertEquals(1, simulated.count(BlockOperation.WRITE), "all in one");
    queue.write(512, Patterns.bytes(random(), 512));
    assertEquals(3, simulated.count(BlockOperation.READ), "one unit");
  }

  /** Each of eight sectors of one unit is written by its own request, all at once. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldLoseNoWriteToTheSameUnit(int queues) throws Exception {
    BlockDevice device = active();
    QueueDriver[] drivers = new QueueDriver[queues];
    for (int i = 0; i < queues; i++) {
      drivers[i] = closeLater(new QueueDriver(device, 9));
    }
    for (int round = 0; round < 100; round++) {
      byte[] written = Patterns.bytes(random(), 8 * 512);
      IoVector[] vectors = new IoVector[8];
      for (int i = 0; i < 8; i++) {
        byte[] sector = Arrays.copyOfRange(written, i * 512, (i + 1) * 512);
        vectors[i] = memory(sector);
        BlockRequest request = new BlockRequest().tag(i);
        request.set(BlockOperation.WRITE, 65536 + i * 512L, 512, 0).memory(vectors[i], 0);
        drivers[i % queues].submit(request);
      }
      drainAll(drivers);
      Patterns.assertSame(written, drivers[0].read(65536, written.length), "round " + round);
    }
  }

  private static void drainAll(QueueDriver[] drivers) {
    long deadlineNs = System.nanoTime() + 10_000_000_000L;
    while (Arrays.stream(drivers).anyMatch(driver -> driver.outstanding() > 0)) {
      assertEquals(true, System.nanoTime() < deadlineNs, "never complete");
      Arrays.stream(drivers).forEach(QueueDriver::poll);
    }
  }

  private static IoVector memory(byte[] bytes) {
    long address = org.culebra.linux.Memory.allocate(bytes.length, 512);
    org.culebra.linux.Memory.put(address, bytes, 0, bytes.length);
    return IoVector.of(address, bytes.length);
  }

  @Test
  void shouldNotWriteBackWhatAnAlignedWriteHasReplaced() throws Exception {
    QueueDriver queue = closeLater(new QueueDriver(active(), 2));
    for (int round = 0; round < 100; round++) {
      byte[] whole = Patterns.bytes(random(), 4096);
      byte[] sector = Patterns.bytes(random(), 512);
      BlockRequest part = new BlockRequest().tag(1);
      part.set(BlockOperation.WRITE, 4096, 512, 0).memory(memory(sector), 0);
      BlockRequest all = new BlockRequest().tag(2);
      all.set(BlockOperation.WRITE, 4096, 4096, 0).memory(memory(whole), 0);
      queue.submit(part, all);
      queue.drain();
      // Which of them has the first sector is open; all else is the aligned write's.
      byte[] rest = Arrays.copyOfRange(whole, 512, 4096);
      Patterns.assertSame(rest, queue.read(4096 + 512, 4096 - 512), "round " + round);
    }
  }

  /** Two queues of which the second waits for the first to have written its part of a unit. */
  private QueueDriver[] waitingForEachOther() throws Exception {
    BlockDevice device = active();
    QueueDriver first = closeLater(new QueueDriver(device, 1));
    QueueDriver second = closeLater(new QueueDriver(device, 1));
    byte[] sector = Patterns.bytes(random(), 512);
    BlockRequest holder = new BlockRequest().tag(1);
    first.submit(holder.set(BlockOperation.WRITE, 0, 512, 0).memory(memory(sector), 0));
    BlockRequest waiter = new BlockRequest().tag(2);
    second.submit(waiter.set(BlockOperation.WRITE, 512, 512, 0).memory(memory(sector), 0));
    assertEquals(0, second.poll());
    return new QueueDriver[] {first, second};
  }

  @Test
  void shouldWakeTheQueueThatWaitsForAnother() throws Exception {
    QueueDriver[] queues = waitingForEachOther();
    assertEquals(true, queues[1].queue().prepareWait());
    assertEquals(0, queues[1].epoll().await(1_000_000));
    queues[0].drain();
    assertEquals(true, queues[1].epoll().await(5_000_000_000L) > 0, "woken");
    queues[1].drain();
    assertEquals(0, queues[1].result(2));
  }

  @Test
  void shouldNotLetAQueueSleepThatNeedNotWaitAnyMore() throws Exception {
    QueueDriver[] queues = waitingForEachOther();
    queues[0].drain();
    assertEquals(false, queues[1].queue().prepareWait());
  }

  @Test
  void shouldRefuseUnalignedZeroesWithoutFallback() throws Exception {
    QueueDriver queue = closeLater(new QueueDriver(active(), 1));
    byte[] written = Patterns.bytes(random(), 16384);
    queue.write(0, written);
    int flags = BlockRequest.NO_FALLBACK;
    int result = queue.execute(BlockOperation.WRITE_ZEROES, 512, 8192, flags);
    assertEquals(-Errno.EOPNOTSUPP, result);
    Patterns.assertSame(written, queue.read(0, 16384), "unchanged");
    assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, 4096, 8192, flags));
  }
}
