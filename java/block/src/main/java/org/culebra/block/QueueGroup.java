package org.culebra.block;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.linux.Epoll;

/** The queues of one control thread, which sleeps until any of them has something to poll. */
final class QueueGroup implements AutoCloseable {
  /** How long a cancel may take before the memory of its requests is given up as still in use. */
  private static final long CANCEL_NS = 10_000_000_000L;

  private final Epoll epoll;
  private final EpollWaiter waiter;
  private final List<BlockQueue> queues = new ArrayList<>();
  private boolean cancelled;
  private final CompletionBatch dropped = new CompletionBatch(64);

  QueueGroup() throws IOException {
    epoll = new Epoll();
    waiter = new EpollWaiter(epoll);
  }

  BlockQueue open(BlockDevice device, int depth) throws IOException {
    BlockQueue queue = device.openQueue(depth);
    queue.attach(waiter);
    queues.add(queue);
    return queue;
  }

  /**
   * Sleeps until a queue may have something to poll.
   *
   * @param deadlineNs of {@link System#nanoTime()}
   * @return false when the deadline has passed
   */
  boolean await(long deadlineNs) {
    long leftNs = deadlineNs - System.nanoTime();
    if (leftNs <= 0) {
      return false;
    }
    boolean sleep = true;
    for (int i = 0; i < queues.size(); i++) {
      sleep &= queues.get(i).prepareWait();
    }
    if (sleep) {
      epoll.await(leftNs);
    }
    return true;
  }

  /**
   * Cancels everything and waits until nothing is in flight, or {@link #CANCEL_NS} passed.
   *
   * @return how many requests may still touch their memory
   */
  int cancel() {
    if (!cancelled) {
      cancelled = true;
      queues.forEach(BlockQueue::cancel);
    }
    long deadlineNs = System.nanoTime() + CANCEL_NS;
    do {
      for (BlockQueue queue : queues) {
        dropped.clear();
        queue.poll(dropped);
      }
    } while (inflight() > 0 && await(deadlineNs));
    return inflight();
  }

  private int inflight() {
    int inflight = 0;
    for (BlockQueue queue : queues) {
      inflight += queue.inflight();
    }
    return inflight;
  }

  /** Gives everything back; a queue with requests in flight is left as it is, for ever. */
  @Override
  public void close() {
    for (BlockQueue queue : queues) {
      queue.detach();
      if (queue.inflight() == 0) {
        queue.close();
      }
    }
    queues.clear();
    epoll.close();
  }
}
