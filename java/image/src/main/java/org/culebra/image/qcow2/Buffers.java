package org.culebra.image.qcow2;

import java.lang.foreign.Arena;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.IoVector;

/**
 * Memory of an open image: zeroes to write, and a few buffers of two clusters for what is copied.
 * Confined to the owner; made at the first change.
 */
final class Buffers {
  private static final int BOUNCES_BYTES = 2 << 20;
  private static final int BOUNCES_MAX = 16;
  private static final int BOUNCES_MIN = 2;
  private static final int ZEROES_BYTES = 64 << 10;

  /** A buffer of two clusters. */
  record Bounce(long address, IoVector vector) {}

  private final Qcow2Core core;
  private final Arena arena;
  private final TaskList waiters = new TaskList();
  private final Bounce[] all;
  private final Bounce[] free;
  private int made;
  private int freeCount;
  private IoVector zeroes;

  Buffers(Qcow2Core core, Arena arena) {
    this.core = core;
    this.arena = arena;
    long count = BOUNCES_BYTES / (2 * core.geometry.clusterSize);
    all = new Bounce[(int) Math.max(BOUNCES_MIN, Math.min(BOUNCES_MAX, count))];
    free = new Bounce[all.length];
  }

  /** Returns zeroes, as many as a cluster has, none of which is ever written to. */
  IoVector zeroes() {
    if (zeroes == null) {
      long size = core.geometry.clusterSize;
      long piece = Math.min(size, ZEROES_BYTES);
      long address = arena.allocate(piece, core.geometry.pageSize).address();
      zeroes = new IoVector((int) (size / piece));
      for (long at = 0; at < size; at += piece) {
        zeroes.add(address, piece);
      }
    }
    return zeroes;
  }

  /** Returns a buffer, or null when all are in use. */
  Bounce acquire() {
    if (freeCount > 0) {
      return free[--freeCount];
    }
    if (made == all.length) {
      return null;
    }
    long size = 2 * core.geometry.clusterSize;
    long address = arena.allocate(size, core.geometry.pageSize).address();
    all[made] = new Bounce(address, IoVector.of(address, size));
    return all[made++];
  }

  void await(Task task) {
    waiters.add(task);
  }

  void release(Bounce bounce) {
    free[freeCount++] = bounce;
    if (!waiters.isEmpty()) {
      waiters.wakeOne(core.ready, 0);
    }
  }

  void close() {
    for (int i = 0; i < made; i++) {
      all[i].vector.close();
    }
    if (zeroes != null) {
      zeroes.close();
    }
  }
}
