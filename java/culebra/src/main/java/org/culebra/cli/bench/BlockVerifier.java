package org.culebra.cli.bench;

/**
 * What the blocks of one queue's part must hold. Confined to its queue's thread; allocates nothing
 * once made, until a block is wrong.
 *
 * <p>A generation is 0 before the first write of this run and counts the writes from then on. Where
 * a write failed the block's state is unknown, which a negative number says, until the next one.
 */
final class BlockVerifier {
  private final BlockPattern pattern;
  private final int[] generations;
  private final long firstOffsetBytes;
  private final int blockBytes;
  private long checkedBlocks;
  private long unwrittenBlocks;
  private long readBackBlocks;
  private String mismatch;

  /**
   * Makes a verifier.
   *
   * @param firstOffsetBytes where the part begins on the disk
   * @param blockCount how many blocks it has
   * @param tracksWrites whether this run writes; else blocks of any run are checked against what
   *     they say of themselves
   */
  BlockVerifier(
      BlockPattern pattern,
      long firstOffsetBytes,
      int blockCount,
      int blockBytes,
      boolean tracksWrites) {
    this.pattern = pattern;
    this.firstOffsetBytes = firstOffsetBytes;
    this.blockBytes = blockBytes;
    this.generations = tracksWrites ? new int[blockCount] : null;
  }

  /** Fills a buffer for the next write of a block. */
  void fill(int block, long address) {
    pattern.fill(address, offsetBytes(block), nextGeneration(block));
  }

  /** A write of a block has ended; no other request for it was in flight. */
  void onWritten(int block, boolean isGood) {
    final int generation = nextGeneration(block);
    generations[block] = isGood ? generation : -generation;
  }

  /**
   * Checks what a read of a block has brought.
   *
   * @return false when it is wrong: {@link #mismatch} tells how
   */
  boolean check(int block, long address) {
    final int generation = generations == null ? 0 : generations[block];
    final boolean isKnown = generation > 0;
    if (!isKnown && (generations != null || pattern.isZero(address))) {
      unwrittenBlocks++;
      return true;
    }
    final long expected = isKnown ? generation : BlockPattern.ANY;
    final long offsetBytes = offsetBytes(block);
    if (pattern.check(address, offsetBytes, expected) != BlockPattern.GOOD) {
      if (mismatch == null) {
        mismatch = pattern.describe(address, offsetBytes, expected);
      }
      return false;
    }
    checkedBlocks++;
    return true;
  }

  /** Begins the pass that reads everything back: what is checked from now on counts as that. */
  void beginReadBack() {
    readBackBlocks = -checkedBlocks;
  }

  /** Ends the pass that reads everything back. */
  void endReadBack() {
    readBackBlocks += checkedBlocks;
    checkedBlocks -= readBackBlocks;
  }

  /** Returns the first block from one on that this run wrote, or -1. */
  int nextWritten(int from) {
    final int[] generations = this.generations;
    for (int block = from; generations != null && block < generations.length; block++) {
      if (generations[block] > 0) {
        return block;
      }
    }
    return -1;
  }

  /** Returns what was found. */
  BenchResult.Verified verified() {
    return new BenchResult.Verified(checkedBlocks, unwrittenBlocks, readBackBlocks, mismatch);
  }

  private int nextGeneration(int block) {
    return Math.abs(generations[block]) + 1;
  }

  private long offsetBytes(int block) {
    return firstOffsetBytes + (long) block * blockBytes;
  }
}
