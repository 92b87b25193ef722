package org.culebra.cli.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.HdrHistogram.Histogram;
import org.culebra.cli.text.HdrLog;
import org.culebra.cli.text.LatencySummary;

/** The latencies of all queues together, gathered at intervals. Confined to one thread. */
final class BenchLatencies {
  private final List<BenchWorker> workers;
  private final HdrLog logOrNull;
  private final Histogram reads = OperationRecorder.histogram();
  private final Histogram writes = OperationRecorder.histogram();
  private final Histogram interval = OperationRecorder.histogram();

  BenchLatencies(List<BenchWorker> workers, HdrLog logOrNull) {
    this.workers = workers;
    this.logOrNull = logOrNull;
  }

  /** Forgets what was measured so far. */
  void discard() {
    gather(BenchWorker::reads);
    gather(BenchWorker::writes);
  }

  /** Ends an interval, and logs it. */
  void endInterval(long nowMs) throws IOException {
    endInterval("read", reads, BenchWorker::reads, nowMs);
    endInterval("write", writes, BenchWorker::writes, nowMs);
    if (logOrNull != null) {
      logOrNull.endInterval(nowMs);
    }
  }

  private void endInterval(
      String operation,
      Histogram total,
      Function<BenchWorker, OperationRecorder> recorder,
      long nowMs) {
    gather(recorder);
    total.add(interval);
    if (logOrNull != null) {
      logOrNull.write(operation, interval, nowMs);
    }
  }

  private void gather(Function<BenchWorker, OperationRecorder> recorder) {
    interval.reset();
    workers.forEach(worker -> interval.add(recorder.apply(worker).takeInterval()));
  }

  /** Returns the sums of the operations that were done. */
  List<LatencySummary> summaries() {
    List<LatencySummary> summaries = new ArrayList<>();
    if (reads.getTotalCount() > 0) {
      summaries.add(LatencySummary.of("", -1, "read", reads));
    }
    if (writes.getTotalCount() > 0) {
      summaries.add(LatencySummary.of("", -1, "write", writes));
    }
    return summaries;
  }
}
