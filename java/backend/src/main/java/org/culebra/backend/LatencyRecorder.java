package org.culebra.backend;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * The latencies of one vring by operation: written by its agent, sampled by one control thread.
 *
 * <p>A recorder is made when an operation is first seen, which is the one time that recording
 * allocates. The range is fixed: 100 ns to 100 s, 2 significant digits.
 */
final class LatencyRecorder {
  static final long LOWEST_NS = 100;
  static final long HIGHEST_NS = 100_000_000_000L;
  static final int DIGITS = 2;

  private final SingleWriterRecorder[] recorders = new SingleWriterRecorder[ServedOperation.COUNT];
  private final AtomicReferenceArray<SingleWriterRecorder> published =
      new AtomicReferenceArray<>(ServedOperation.COUNT);
  private final Histogram[] intervals = new Histogram[ServedOperation.COUNT];

  /** Records a latency; called by the agent alone. */
  void record(int operation, long latencyNs) {
    SingleWriterRecorder recorder = recorders[operation];
    if (recorder == null) {
      recorder = new SingleWriterRecorder(LOWEST_NS, HIGHEST_NS, DIGITS);
      recorders[operation] = recorder;
      published.set(operation, recorder);
    }
    recorder.recordValue(Math.min(Math.max(latencyNs, 0), HIGHEST_NS));
  }

  /**
   * Returns what was recorded since the last call, or null; called by the control thread alone. The
   * histogram is reused by the next call.
   */
  Histogram takeInterval(int operation) {
    SingleWriterRecorder recorder = published.get(operation);
    if (recorder == null) {
      return null;
    }
    intervals[operation] = recorder.getIntervalHistogram(intervals[operation]);
    return intervals[operation];
  }

  static Histogram emptyHistogram() {
    return new Histogram(LOWEST_NS, HIGHEST_NS, DIGITS);
  }
}
