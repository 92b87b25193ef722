package org.culebra.cli.bench;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * The latencies of one operation on one queue: recorded by its thread, which allocates nothing,
 * taken by another.
 */
final class OperationRecorder {
  /** The longest latency that is told apart: 100 s. */
  static final long LATENCY_NS_MAX = 100_000_000_000L;

  private static final int SIGNIFICANT_DIGITS = 3;

  private final SingleWriterRecorder recorder =
      new SingleWriterRecorder(1, LATENCY_NS_MAX, SIGNIFICANT_DIGITS);
  private Histogram interval = recorder.getIntervalHistogram();

  /** Returns an empty histogram of the same range. */
  static Histogram histogram() {
    return new Histogram(1, LATENCY_NS_MAX, SIGNIFICANT_DIGITS);
  }

  /** Records a latency; for the queue's thread. */
  void record(long latencyNs) {
    recorder.recordValue(Math.min(Math.max(latencyNs, 0), LATENCY_NS_MAX));
  }

  /** Returns what was recorded since the last call; valid until the next one. */
  Histogram takeInterval() {
    interval = recorder.getIntervalHistogram(interval);
    return interval;
  }
}
