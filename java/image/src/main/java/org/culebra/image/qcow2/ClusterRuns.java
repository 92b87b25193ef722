package org.culebra.image.qcow2;

import java.util.Arrays;

/** A list of runs of host clusters; grows as needed and keeps its memory. */
final class ClusterRuns {
  private long[] starts = new long[64];
  private long[] counts = new long[64];
  private int size;

  void add(long cluster, long count) {
    if (size > 0 && starts[size - 1] + counts[size - 1] == cluster) {
      counts[size - 1] += count;
      return;
    }
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    starts[size] = cluster;
    counts[size] = count;
    size++;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long start(int index) {
    return starts[index];
  }

  long count(int index) {
    return counts[index];
  }

  void clear() {
    size = 0;
  }
}
