package org.culebra.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The latencies of a disk: recorders by queue, and what was taken from them so far. Confined to the
 * control thread, but for the recorders, which belong to their vrings' agents.
 */
final class DiskLatency {
  private static final class Totals {
    final Histogram[] since = new Histogram[ServedOperation.COUNT];
    final Histogram[] interval = new Histogram[ServedOperation.COUNT];

    void add(int operation, Histogram taken) {
      if (since[operation] == null) {
        since[operation] = LatencyRecorder.emptyHistogram();
        interval[operation] = LatencyRecorder.emptyHistogram();
      }
      since[operation].add(taken);
      interval[operation].add(taken);
    }
  }

  private final String disk;
  private final Map<Integer, LatencyRecorder> recorders = new TreeMap<>();
  private final Map<Integer, Totals> totals = new TreeMap<>();

  DiskLatency(String disk) {
    this.disk = disk;
  }

  /** Returns the recorder of a queue; the same for each vring that serves this index. */
  LatencyRecorder recorder(int queue) {
    totals.computeIfAbsent(queue, key -> new Totals());
    return recorders.computeIfAbsent(queue, key -> new LatencyRecorder());
  }

  private void sample() {
    recorders.forEach(
        (queue, recorder) -> {
          for (int operation = 0; operation < ServedOperation.COUNT; operation++) {
            Histogram taken = recorder.takeInterval(operation);
            if (taken != null && taken.getTotalCount() > 0) {
              totals.get(queue).add(operation, taken);
            }
          }
        });
  }

  /** Returns the latencies since the start, by queue or for all queues together. */
  List<OperationLatency> since(boolean perQueue) {
    sample();
    List<OperationLatency> latencies = new ArrayList<>();
    if (perQueue) {
      totals.forEach((queue, total) -> append(latencies, queue, total.since));
    } else {
      append(latencies, -1, sum(false));
    }
    return latencies;
  }

  /** Returns the latencies since the last call, for all queues together. */
  List<OperationLatency> interval() {
    sample();
    List<OperationLatency> latencies = new ArrayList<>();
    append(latencies, -1, sum(true));
    for (Totals total : totals.values()) {
      for (Histogram histogram : total.interval) {
        if (histogram != null) {
          histogram.reset();
        }
      }
    }
    return latencies;
  }

  private Histogram[] sum(boolean interval) {
    Histogram[] sums = new Histogram[ServedOperation.COUNT];
    for (Totals total : totals.values()) {
      Histogram[] parts = interval ? total.interval : total.since;
      for (int operation = 0; operation < ServedOperation.COUNT; operation++) {
        if (parts[operation] != null) {
          if (sums[operation] == null) {
            sums[operation] = LatencyRecorder.emptyHistogram();
          }
          sums[operation].add(parts[operation]);
        }
      }
    }
    return sums;
  }

  private void append(List<OperationLatency> latencies, int queue, Histogram[] histograms) {
    for (int operation = 0; operation < ServedOperation.COUNT; operation++) {
      if (histograms[operation] != null && histograms[operation].getTotalCount() > 0) {
        latencies.add(
            new OperationLatency(
                disk, queue, ServedOperation.name(operation), histograms[operation].copy()));
      }
    }
  }
}
