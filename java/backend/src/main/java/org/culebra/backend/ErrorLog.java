package org.culebra.backend;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Says each distinct fault once and counts the rest, so that no guest or server can fill a disk
 * with messages; of those who always find a new fault, it says so many in an interval and no more.
 * Thread-safe; not for the data path's good case.
 */
final class ErrorLog {
  /** Distinct lines remembered; an older one is said again when it comes back. */
  private static final int LINES_MAX = 1024;

  /** Lines said within an interval. */
  static final int LINES_PER_INTERVAL_MAX = 100;

  private static final long INTERVAL_NS = 10_000_000_000L;

  private final Consumer<String> sink;
  private final LongSupplier clock;
  private long intervalStartNs;
  private int linesOfInterval;
  private final Map<String, long[]> counts =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, long[]> eldest) {
          return size() > LINES_MAX;
        }
      };

  /**
   * Makes an empty one.
   *
   * @param clock nanoseconds from any origin
   */
  ErrorLog(Consumer<String> sink, LongSupplier clock) {
    this.sink = sink;
    this.clock = clock;
    this.intervalStartNs = clock.getAsLong();
  }

  /** Says a line if it wasn't said before. */
  void record(String line) {
    int number;
    synchronized (counts) {
      long[] count = counts.computeIfAbsent(line, key -> new long[1]);
      if (count[0]++ > 0) {
        return;
      }
      number = numberInInterval();
    }
    if (number <= LINES_PER_INTERVAL_MAX) {
      sink.accept(line);
    } else if (number == LINES_PER_INTERVAL_MAX + 1) {
      sink.accept(
          LINES_PER_INTERVAL_MAX
              + " different faults within "
              + INTERVAL_NS / 1_000_000_000
              + " s: the next ones are left out");
    }
  }

  private int numberInInterval() {
    long nowNs = clock.getAsLong();
    if (nowNs - intervalStartNs >= INTERVAL_NS) {
      intervalStartNs = nowNs;
      linesOfInterval = 0;
    }
    return ++linesOfInterval;
  }

  /** Returns how often a line came. */
  long count(String line) {
    synchronized (counts) {
      long[] count = counts.get(line);
      return count == null ? 0 : count[0];
    }
  }
}
