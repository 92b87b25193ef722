package org.culebra.block;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a device is active, and how many of its queues are open. Any thread; the calls of {@link
 * BlockDevice} are the control thread's, {@link #remove()} is whoever closes a queue.
 */
public final class OpenQueues {
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean active;

  /** Makes the state of an inactive device. */
  public OpenQueues() {}

  /** Returns whether the device is active. */
  public boolean isActive() {
    return active;
  }

  /** Marks the device as active or inactive; no queue is open. */
  public void setActive(boolean active) {
    assert count.get() == 0 : count.get() + " queues are open";
    this.active = active;
  }

  /**
   * Counts a queue that is about to be opened.
   *
   * @param device whose queue it is
   * @throws IOException when the device is inactive, or has as many as it can have
   */
  public void add(BlockDevice device) throws IOException {
    if (!active) {
      throw new IOException(device.name() + ": not active: only an active device has queues");
    }
    int queuesMax = device.capabilities().queuesMax();
    if (count.incrementAndGet() > queuesMax) {
      count.decrementAndGet();
      throw new IOException(
          device.name() + ": " + queuesMax + " queues are open: it can't have more");
    }
  }

  /** Forgets a queue that was closed, or that could not be opened. */
  public void remove() {
    int left = count.decrementAndGet();
    assert left >= 0;
  }

  /** Returns how many are open. */
  public int count() {
    return count.get();
  }
}
