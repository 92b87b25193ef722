package org.culebra.storage.nbd;

/**
 * Which bytes of a read its content chunks have delivered, so that a server that claims success
 * with a gap, or delivers bytes twice, is found out (NBD: NBD_CMD_READ, Structured replies).
 *
 * <p>Disjoint runs that don't touch, in order, kept in place. Confined to its queue.
 */
final class Coverage {
  /** Content chunks that leave more gaps than this at one time aren't taken. */
  static final int RUNS_MAX = 32;

  private final long[] starts = new long[RUNS_MAX];
  private final long[] ends = new long[RUNS_MAX];
  private int runs;

  void clear() {
    runs = 0;
  }

  /**
   * Adds a run.
   *
   * @return false, with nothing changed, when it overlaps an earlier one or leaves too many gaps
   */
  boolean add(long start, long end) {
    assert start < end;
    int at = runs;
    while (at > 0 && starts[at - 1] >= end) {
      at--;
    }
    if (at > 0 && ends[at - 1] > start) {
      return false;
    }
    boolean joinsBefore = at > 0 && ends[at - 1] == start;
    boolean joinsAfter = at < runs && starts[at] == end;
    if (joinsBefore && joinsAfter) {
      ends[at - 1] = ends[at];
      remove(at);
    } else if (joinsBefore) {
      ends[at - 1] = end;
    } else if (joinsAfter) {
      starts[at] = start;
    } else if (runs == RUNS_MAX) {
      return false;
    } else {
      insert(at, start, end);
    }
    return true;
  }

  /** Returns whether all bytes from start to end were added. */
  boolean isAll(long start, long end) {
    return runs == 1 && starts[0] == start && ends[0] == end;
  }

  private void insert(int at, long start, long end) {
    for (int i = runs; i > at; i--) {
      starts[i] = starts[i - 1];
      ends[i] = ends[i - 1];
    }
    starts[at] = start;
    ends[at] = end;
    runs++;
  }

  private void remove(int at) {
    runs--;
    for (int i = at; i < runs; i++) {
      starts[i] = starts[i + 1];
      ends[i] = ends[i + 1];
    }
  }
}
