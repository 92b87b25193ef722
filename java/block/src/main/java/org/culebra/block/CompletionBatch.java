package org.culebra.block;

/** Completions on their way up: tag and result of each. Confined to the poller. */
public final class CompletionBatch {
  private final long[] tags;
  private final int[] results;
  private int count;

  /** Makes an empty batch for at most so many completions. */
  public CompletionBatch(int capacity) {
    tags = new long[capacity];
    results = new int[capacity];
  }

  /** Empties it. */
  public void clear() {
    count = 0;
  }

  /**
   * Appends a completion; the batch isn't full.
   *
   * @param tag the request's
   * @param result 0, or a negated errno
   */
  public void add(long tag, int result) {
    assert result <= 0;
    tags[count] = tag;
    results[count] = result;
    count++;
  }

  /** Returns the tag of the completion at an index. */
  public long tag(int index) {
    assert index < count;
    return tags[index];
  }

  /** Returns 0, or the negated errno, of the completion at an index. */
  public int result(int index) {
    assert index < count;
    return results[index];
  }

  /** Returns how many completions it holds. */
  public int count() {
    return count;
  }

  /** Returns how many more it can hold. */
  public int remaining() {
    return tags.length - count;
  }

  /** Returns whether it can hold no more. */
  public boolean isFull() {
    return count == tags.length;
  }
}
