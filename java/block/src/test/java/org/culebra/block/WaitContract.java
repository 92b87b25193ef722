package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Epoll;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;

/** Chapter 4 of the contract: sleeping without missing anything, and being left asleep. */
abstract class WaitContract extends QueueContract {
  /** Long enough that no working device needs it. */
  private static final long LOST_NS = 5_000_000_000L;

  @Test
  void shouldWakeForEveryCompletion() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    int depth = 8;
    QueueDriver queue = queue(device, depth);
    BlockRequest[] reads = requests(BlockOperation.READ, depth, unit, vector(depth * unit));
    for (int round = 0; round < 400; round++) {
      int count = 1 + random().nextInt(depth);
      queue.submit(java.util.Arrays.copyOf(reads, count));
      while (queue.outstanding() > 0) {
        spin(random().nextInt(20_000));
        sleepUnlessReady(queue);
        spin(random().nextInt(5_000));
        queue.poll();
      }
    }
    assertEquals(0, queue.queue().inflight());
  }

  private void sleepUnlessReady(QueueDriver queue) {
    if (queue.queue().prepareWait()) {
      long beganNs = System.nanoTime();
      queue.epoll().await(LOST_NS);
      long sleptNs = System.nanoTime() - beganNs;
      assertTrue(sleptNs < LOST_NS, "slept for ever: wake-up lost (seed " + Seeds.SEED + ")");
    }
  }

  private static void spin(long ns) {
    long untilNs = System.nanoTime() + ns;
    while (System.nanoTime() < untilNs) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldSayThatThereIsSomethingToPollOnceItCompleted() throws Exception {
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    IoVector vector = vector(unit);
    queue.submit(requests(BlockOperation.READ, 1, unit, vector));
    // Either it says so, or it lets us sleep and wakes us; then there is something for poll.
    for (int polls = 0; queue.outstanding() > 0; polls++) {
      assertTrue(polls < 1000, "woken 1000 times for one completion");
      sleepUnlessReady(queue);
      queue.poll();
    }
  }

  @Test
  void shouldLetItsOwnerSleepWhenNothingIsInFlight() throws Exception {
    BlockDevice device = device();
    QueueDriver queue = queue(device, 4);
    int unit = unit(device);
    queue.submit(requests(BlockOperation.READ, 4, unit, vector(4 * unit)));
    queue.drain();
    // A wake-up that came late may be seen once or twice, not for ever.
    int woken = 0;
    while (!sleeps(queue)) {
      woken++;
      assertTrue(woken < 10, "woken " + woken + " times with nothing in flight");
    }
    assertEquals(0, queue.queue().inflight());
  }

  private static boolean sleeps(QueueDriver queue) {
    queue.poll();
    return queue.queue().prepareWait() && queue.epoll().await(20_000_000L) == 0;
  }

  @Test
  void shouldTakeItsDescriptorsBackAtDetach() throws Exception {
    BlockDevice device = device();
    QueueDriver queue = queue(device, 4);
    try (Epoll epoll = new Epoll()) {
      EpollWaiter waiter = new EpollWaiter(epoll);
      queue.moveOut();
      queue.queue().attach(waiter);
      queue.queue().detach();
      assertEquals(0, waiter.count(), "descriptors left in the waiter");
      queue.moveIn();
    }
    assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
  }

  @Test
  void shouldSubmitWhileDetachedAndWakeOnceAttached() throws Exception {
    BlockDevice device = device();
    QueueDriver queue = queue(device, 4);
    int unit = unit(device);
    BlockRequest[] reads = requests(BlockOperation.READ, 4, unit, vector(4 * unit));
    for (int round = 0; round < 20; round++) {
      queue.moveOut();
      queue.submit(reads);
      spin(random().nextInt(200_000));
      queue.moveIn();
      while (queue.outstanding() > 0) {
        sleepUnlessReady(queue);
        queue.poll();
      }
    }
    assertEquals(0, queue.queue().inflight());
  }
}
