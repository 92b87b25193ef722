package org.culebra.image.qcow2;

import java.util.HashMap;
import java.util.Map;

/** How often each host cluster is referenced; takes memory for what is referenced only. */
final class ReferenceCounts {
  private static final int CHUNK_BITS = 12;

  private final Map<Long, int[]> chunks = new HashMap<>();

  void add(long cluster) {
    chunk(cluster)[(int) cluster & ((1 << CHUNK_BITS) - 1)]++;
  }

  private int[] chunk(long cluster) {
    return chunks.computeIfAbsent(cluster >>> CHUNK_BITS, key -> new int[1 << CHUNK_BITS]);
  }

  long get(long cluster) {
    int[] chunk = chunks.get(cluster >>> CHUNK_BITS);
    return chunk == null ? 0 : chunk[(int) cluster & ((1 << CHUNK_BITS) - 1)];
  }
}
