package org.culebra.block;

/**
 * Completions of one queue that wait to be polled: tag and result of each, first in first out.
 *
 * <p>Sized once by the queue's depth, so it is never full. Confined to the thread that owns the
 * queue.
 */
public final class CompletionRing {
  private final long[] tags;
  private final int[] results;
  private final int mask;
  private int head;
  private int tail;

  /**
   * Makes an empty ring.
   *
   * @param depth the most completions that can wait at once, above 0
   */
  public CompletionRing(int depth) {
    assert depth > 0 && depth <= 1 << 30;
    int size = depth == 1 ? 1 : Integer.highestOneBit(depth - 1) << 1;
    tags = new long[size];
    results = new int[size];
    mask = size - 1;
  }

  /**
   * Appends a completion.
   *
   * @param tag the request's
   * @param result 0, or a negated errno
   */
  public void add(long tag, int result) {
    assert count() < tags.length;
    tags[tail & mask] = tag;
    results[tail & mask] = result;
    tail++;
  }

  /**
   * Moves completions into a batch up to its room.
   *
   * @return how many were moved
   */
  public int moveTo(CompletionBatch completions) {
    int moved = Math.min(count(), completions.remaining());
    for (int i = 0; i < moved; i++) {
      completions.add(tags[head & mask], results[head & mask]);
      head++;
    }
    return moved;
  }

  /** Returns how many completions wait. */
  public int count() {
    return tail - head;
  }

  /** Returns whether none waits. */
  public boolean isEmpty() {
    return tail == head;
  }
}
