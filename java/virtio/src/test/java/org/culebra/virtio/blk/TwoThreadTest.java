package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.SplitDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Driver and device on a thread each, both asleep whenever the rings let them. A notification that
 * is lost, or data that is seen too late, fails; the 16-bit indices wrap several times.
 */
@Timeout(60)
class TwoThreadTest {
  private static final int QUEUE_SIZE = 16;
  private static final int REQUESTS = 5 * 65536;
  private static final int DISK_SECTORS = 64;
  private static final int SECTORS_AT_ONCE_MAX = QUEUE_SIZE / 3;
  private static final long LOST_SECONDS = 20;

  /** The kick and the call eventfd: a count that a wait takes as a whole. */
  private final Semaphore kick = new Semaphore(0);

  private final Semaphore call = new Semaphore(0);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean isOver;
  private GuestDriver guest;

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    guest.close();
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  @Spec("virtio 1.3 §2.7.10.2")
  void shouldLoseNoNotificationWithEventIdx() throws Exception {
    guest = new GuestDriver(QUEUE_SIZE, FeatureBits.EVENT_IDX);
    runBoth();
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  @Spec("virtio 1.3 §2.7.10.2")
  void shouldLoseNoNotificationWithFlags() throws Exception {
    guest = new GuestDriver(QUEUE_SIZE);
    runBoth();
  }

  private void runBoth() throws Exception {
    BlkLimits.Segments none = new BlkLimits.Segments(0, 0);
    RamBlkDevice device =
        new RamBlkDevice(
            guest,
            new BlkLimits(DISK_SECTORS, false, 0, none, none),
            guest.allocate(DISK_SECTORS * 512),
            guest.allocate(RamBlkDevice.ID.length));
    Thread thread = new Thread(() -> runDevice(device));
    thread.start();
    try {
      runDriver();
    } finally {
      isOver = true;
      kick.release();
      thread.join();
    }
    assertNull(failure.get());
    assertNull(device.queue.brokenReason());
    assertEquals(REQUESTS & 0xffff, device.queue.usedIdx());
    device.close();
  }

  private void runDevice(RamBlkDevice device) {
    try {
      while (!isOver) {
        device.queue.suppressAvailableNotifications();
        while (device.fetch(QUEUE_SIZE) > 0) {
          device.executeAll();
          signalIf(device.queue.publish(), call);
        }
        if (device.queue.enableAvailableNotifications()) {
          await(kick, "kick");
        }
      }
    } catch (Throwable thrown) {
      failure.set(thrown);
      call.release();
    }
  }

  /** Writes numbers into sectors and reads them back, more and less of them at a time. */
  private void runDriver() throws InterruptedException {
    long slots = guest.allocate(QUEUE_SIZE * BlkDriver.slotBytes(1));
    BlkDriver blk = new BlkDriver(guest.driver, slots, 1, false);
    long data = guest.allocate(QUEUE_SIZE * 512);
    int done = 0;
    for (int round = 0; done < REQUESTS; round++) {
      int count = Math.min(1 + round % SECTORS_AT_ONCE_MAX, (REQUESTS - done) / 2);
      runBatch(blk, true, data, count, round);
      runBatch(blk, false, data, count, round);
      for (int i = 0; i < count; i++) {
        assertEquals(round * 31L + i, Memory.getLong(data + i * 512L));
      }
      done += 2 * count;
    }
  }

  private void runBatch(BlkDriver blk, boolean isWrite, long data, int count, int round)
      throws InterruptedException {
    // In odd rounds the device runs while the driver still adds.
    boolean isPublishedSingly = (round & 1) == 1;
    for (int i = 0; i < count; i++) {
      long address = data + i * 512L;
      Memory.putLong(address, isWrite ? round * 31L + i : -1);
      int head = isWrite ? blk.write(i, address, 512) : blk.read(i, address, 512);
      assertTrue(head != SplitDriver.NONE);
      signalIf(isPublishedSingly && guest.driver.publish(), kick);
    }
    signalIf(guest.driver.publish(), kick);
    int left = count;
    while (left > 0) {
      left -= reap(blk);
      // In half of the rounds the driver asks to be told of the last buffer only.
      int more = (round & 2) == 0 || left == 0 ? 0 : left - 1;
      if (left > 0 && enable(more)) {
        await(call, "call");
        assertNull(failure.get());
      }
    }
  }

  private boolean enable(int more) {
    boolean isEventIdx = FeatureBits.has(guest.features(), FeatureBits.EVENT_IDX);
    return guest.driver.enableUsedNotifications(isEventIdx ? more : 0);
  }

  private int reap(BlkDriver blk) {
    int reaped = 0;
    for (int head = guest.driver.pollUsed();
        head != SplitDriver.NONE;
        head = guest.driver.pollUsed()) {
      assertTrue(head >= 0);
      assertEquals(BlkStatus.OK, blk.status(head));
      reaped++;
    }
    return reaped;
  }

  private void await(Semaphore semaphore, String name) throws InterruptedException {
    assertTrue(semaphore.tryAcquire(LOST_SECONDS, TimeUnit.SECONDS), "a " + name + " was lost");
    semaphore.drainPermits();
  }

  private static void signalIf(boolean isNeeded, Semaphore semaphore) {
    if (isNeeded) {
      semaphore.release();
    }
  }
}
