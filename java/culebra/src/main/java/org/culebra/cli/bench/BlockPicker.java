package org.culebra.cli.bench;

/**
 * Which block a queue's next request is for, and which are in flight. Confined to its queue's
 * thread; allocates nothing once made.
 */
final class BlockPicker {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private static final int WORD_SHIFT = 6;

  private final int blockCount;
  private final boolean isRandom;
  private final int readPercent;
  private final boolean isExclusive;
  private final long[] inFlight;
  private long state;
  private int next;

  /**
   * Makes a picker.
   *
   * @param blockCount how many blocks there are to pick from, above 0
   * @param seed of this queue's own
   * @param isExclusive whether a block in flight is never picked; then fewer requests than blocks
   *     are in flight at any time
   */
  BlockPicker(int blockCount, BenchWorkload workload, long seed, boolean isExclusive) {
    this.blockCount = blockCount;
    this.isRandom = workload.isRandom();
    this.readPercent = workload.readPercent();
    this.isExclusive = isExclusive;
    this.inFlight = new long[isExclusive ? (blockCount >>> WORD_SHIFT) + 1 : 0];
    this.state = seed;
  }

  /** Picks a block, which is in flight from now on. */
  int pick() {
    int block = isRandom ? below(blockCount) : advance();
    if (isExclusive) {
      while (isInFlight(block)) {
        block = block + 1 == blockCount ? 0 : block + 1;
      }
      inFlight[block >>> WORD_SHIFT] |= 1L << block;
    }
    return block;
  }

  /** Decides whether the next request is a read. */
  boolean pickRead() {
    return readPercent == 100 || (readPercent != 0 && below(100) < readPercent);
  }

  /** Ends a block's flight. */
  void release(int block) {
    if (isExclusive) {
      assert isInFlight(block);
      inFlight[block >>> WORD_SHIFT] &= ~(1L << block);
    }
  }

  private boolean isInFlight(int block) {
    return (inFlight[block >>> WORD_SHIFT] & 1L << block) != 0;
  }

  private int advance() {
    final int block = next;
    next = block + 1 == blockCount ? 0 : block + 1;
    return block;
  }

  /** Returns a number from 0 to below a bound; even enough for bounds far below 2^32. */
  private int below(int bound) {
    state += GAMMA;
    long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    mixed ^= mixed >>> 31;
    return (int) ((mixed >>> 32) * bound >>> 32);
  }
}
