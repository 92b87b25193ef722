package org.culebra.storage.nbd;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.culebra.linux.TimerFd;

/**
 * Finds out a server that stops within a message: by the clock while the queue is polled, by a
 * timer while its thread sleeps. Reads the clock only within a message. Confined to its queue.
 */
final class StallGuard implements AutoCloseable {
  private static final long TIMER_MARGIN_NS = 1_000_000;

  private final LongSupplier clock;
  private final long limitNs;
  private final TimerFd timer;
  private boolean armed;
  private boolean standing;
  private long sinceNs;

  StallGuard(LongSupplier clock, long limitNs) throws IOException {
    this.clock = clock;
    this.limitNs = limitNs;
    this.timer = new TimerFd();
  }

  /** Returns the timer's descriptor, which wakes a thread when it is readable. */
  int fd() {
    return timer.fd();
  }

  String seconds() {
    return TimedStream.seconds(limitNs);
  }

  /**
   * Looks at the time after receiving.
   *
   * @param midMessage whether a message is received in part
   * @param progressed whether bytes came just now
   */
  boolean isOver(boolean midMessage, boolean progressed) {
    if (armed) {
      timer.stop();
      armed = false;
    }
    if (!midMessage) {
      standing = false;
      return false;
    }
    long nowNs = clock.getAsLong();
    if (progressed || !standing) {
      standing = true;
      sinceNs = nowNs;
      return false;
    }
    return nowNs - sinceNs > limitNs;
  }

  /** Makes ready to sleep. */
  void arm(boolean midMessage) {
    if (midMessage && !armed) {
      timer.set(limitNs + TIMER_MARGIN_NS);
      armed = true;
    }
  }

  @Override
  public void close() {
    timer.close();
  }
}
