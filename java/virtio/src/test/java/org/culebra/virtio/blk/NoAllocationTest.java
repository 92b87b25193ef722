package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.SplitDriver;
import org.junit.jupiter.api.Test;

/** The warm data path of driver and device allocates nothing. */
class NoAllocationTest {
  private static final int QUEUE_SIZE = 64;
  private static final int BATCH = 16;
  private static final int REQUESTS = 100_000;
  private static final int WARM_UP_ROUNDS_MAX = 50;
  private static final int DISK_SECTORS = 256;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final GuestDriver guest =
      new GuestDriver(QUEUE_SIZE, FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC);

  @Test
  void shouldAllocateNothingIn100000WarmRequestsOfDirectChains() {
    assertEquals(0, allocatedBytes(false));
  }

  @Test
  void shouldAllocateNothingIn100000WarmRequestsOfIndirectChains() {
    assertEquals(0, allocatedBytes(true));
  }

  private long allocatedBytes(boolean isIndirect) {
    long slots = guest.allocate(QUEUE_SIZE * BlkDriver.slotBytes(2));
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    BlkLimits.Segments segments = new BlkLimits.Segments(DISK_SECTORS, 1);
    long features = FeatureBits.mask(BlkFeatures.WRITE_ZEROES);
    RamBlkDevice device =
        new RamBlkDevice(
            guest,
            new BlkLimits(DISK_SECTORS, false, features, segments, segments),
            guest.allocate(DISK_SECTORS * 512),
            guest.allocate(RamBlkDevice.ID.length));
    long data = guest.allocate(BATCH * 4096);
    // Warm is what the compiler has seen often enough; on a busy machine it comes late.
    for (int i = 0; i < WARM_UP_ROUNDS_MAX && run(blk, device, data) > 0; i++) {}
    long allocated = run(blk, device, data);
    device.close();
    guest.close();
    return allocated;
  }

  /** Runs 100,000 requests; returns the bytes that this thread allocated. */
  private long run(BlkDriver blk, RamBlkDevice device, long data) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    SplitDriver driver = guest.driver;
    for (int done = 0; done < REQUESTS; ) {
      for (int i = 0; i < BATCH; i++) {
        queue(blk, done + i, data + i * 4096L);
      }
      driver.publish();
      device.fetch(BATCH);
      device.executeAll();
      device.queue.publish();
      device.queue.enableAvailableNotifications();
      device.queue.suppressAvailableNotifications();
      while (driver.pollUsed() != SplitDriver.NONE) {
        done++;
      }
      driver.enableUsedNotifications();
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static void queue(BlkDriver blk, int number, long address) {
    switch (number & 3) {
      case 0 -> blk.read(number & 127, address, 4096);
      case 1 -> blk.write(number & 127, address, 4096);
      case 2 -> blk.writeZeroes(number & 127, 8, 0);
      default -> blk.flush();
    }
  }
}
