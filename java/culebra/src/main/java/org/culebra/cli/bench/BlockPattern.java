package org.culebra.cli.bench;

import org.culebra.linux.Memory;

/**
 * Blocks that say what they are. Immutable; allocates nothing but in {@link #describe}.
 *
 * <pre>
 *   0       8        16           24     32    40             48
 *   +-------+--------+------------+------+-----+--------------+------+
 *   | magic | offset | generation | seed | run | bodyChecksum | body |
 *   +-------+--------+------------+------+-----+--------------+------+
 * </pre>
 *
 * <p>All words are 64-bit little-endian. The body follows from seed, offset and generation.
 */
final class BlockPattern {
  /** The smallest block: a header and a body. */
  static final int BLOCK_BYTES_MIN = 512;

  /** In place of a generation or a run: whatever it is. */
  static final long ANY = -1;

  /** The block is what it should be. */
  static final int GOOD = 0;

  /** The block is no pattern at all. */
  static final int NO_PATTERN = 1;

  /** The block is a pattern of another offset, generation, seed or run. */
  static final int OTHER = 2;

  /** The header is right and the body isn't. */
  static final int WRONG_BODY = 3;

  /** The letters {@code CULEBRA!} in memory. */
  private static final long MAGIC = 0x2141_5242_454c_5543L;
  private static final int OFFSET = 8;
  private static final int GENERATION = 16;
  private static final int SEED = 24;
  private static final int RUN = 32;
  private static final int CHECKSUM = 40;
  private static final int BODY = 48;
  private static final int WORD = 8;
  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private static final long MULTIPLIER = 0xbf58476d1ce4e5b9L;

  private final long seed;
  private final long run;
  private final int blockBytes;

  /**
   * Makes patterns.
   *
   * @param run what tells this run's blocks from those of an earlier one with the same seed, or
   *     {@link #ANY} to check blocks of any run
   * @param blockBytes a multiple of 512
   */
  BlockPattern(long seed, long run, int blockBytes) {
    assert blockBytes >= BLOCK_BYTES_MIN && blockBytes % BLOCK_BYTES_MIN == 0;
    this.seed = seed;
    this.run = run;
    this.blockBytes = blockBytes;
  }

  /** Fills the block at an address. */
  void fill(long address, long offsetBytes, long generation) {
    Memory.putLong(address, MAGIC);
    Memory.putLong(address + OFFSET, offsetBytes);
    Memory.putLong(address + GENERATION, generation);
    Memory.putLong(address + SEED, seed);
    Memory.putLong(address + RUN, run);
    long state = bodyState(offsetBytes, generation);
    long checksum = 0;
    final long end = address + blockBytes;
    for (long at = address + BODY; at < end; at += WORD) {
      state += GAMMA;
      final long word = mix(state);
      Memory.putLong(at, word);
      checksum = Long.rotateLeft(checksum, 7) + word;
    }
    Memory.putLong(address + CHECKSUM, checksum);
  }

  /**
   * Checks the block at an address.
   *
   * @param generation what it must be, or {@link #ANY}
   * @return {@link #GOOD} or what is wrong
   */
  int check(long address, long offsetBytes, long generation) {
    if (Memory.getLong(address) != MAGIC) {
      return NO_PATTERN;
    }
    final long found = Memory.getLong(address + GENERATION);
    if (Memory.getLong(address + OFFSET) != offsetBytes
        || Memory.getLong(address + SEED) != seed
        || (run != ANY && Memory.getLong(address + RUN) != run)
        || (generation != ANY && found != generation)) {
      return OTHER;
    }
    long state = bodyState(offsetBytes, found);
    long checksum = 0;
    long difference = 0;
    final long end = address + blockBytes;
    for (long at = address + BODY; at < end; at += WORD) {
      state += GAMMA;
      final long word = Memory.getLong(at);
      difference |= word ^ mix(state);
      checksum = Long.rotateLeft(checksum, 7) + word;
    }
    return difference == 0 && checksum == Memory.getLong(address + CHECKSUM) ? GOOD : WRONG_BODY;
  }

  /** Returns whether the block at an address is all zeroes. */
  boolean isZero(long address) {
    long any = 0;
    for (long at = address; at < address + blockBytes; at += WORD) {
      any |= Memory.getLong(at);
    }
    return any == 0;
  }

  /** Tells in one line what a wrong block should be and what it is. */
  String describe(long address, long offsetBytes, long generation) {
    StringBuilder line = new StringBuilder("offset ").append(offsetBytes).append(": expected ");
    line.append(generation == ANY ? "any generation" : "generation " + generation);
    line.append(" of seed ").append(Long.toUnsignedString(seed)).append(", found ");
    if (Memory.getLong(address) != MAGIC) {
      line.append(isZero(address) ? "zeroes" : "no pattern: bytes " + hex(address, 16));
      return line.toString();
    }
    line.append("generation ").append(Memory.getLong(address + GENERATION));
    if (Memory.getLong(address + OFFSET) != offsetBytes) {
      line.append(" of offset ").append(Memory.getLong(address + OFFSET));
    }
    if (Memory.getLong(address + SEED) != seed) {
      line.append(" of seed ").append(Long.toUnsignedString(Memory.getLong(address + SEED)));
    } else if (run != ANY && Memory.getLong(address + RUN) != run) {
      line.append(" of an earlier run");
    }
    int wrongByte = firstWrongByte(address);
    if (wrongByte >= 0) {
      line.append(" with byte ").append(wrongByte).append(" wrong: ").append(hex(address + wrongByte, 1));
    }
    return line.toString();
  }

  /** Returns the first byte that doesn't follow from the block's own header, or -1. */
  private int firstWrongByte(long address) {
    long offsetBytes = Memory.getLong(address + OFFSET);
    long state = bodyState(offsetBytes, Memory.getLong(address + GENERATION));
    long checksum = 0;
    for (int at = BODY; at < blockBytes; at += WORD) {
      state += GAMMA;
      long difference = Memory.getLong(address + at) ^ mix(state);
      if (difference != 0) {
        return at + Long.numberOfTrailingZeros(difference) / Byte.SIZE;
      }
      checksum = Long.rotateLeft(checksum, 7) + mix(state);
    }
    return checksum == Memory.getLong(address + CHECKSUM) ? -1 : CHECKSUM;
  }

  private static String hex(long address, int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i++) {
      text.append(i == 0 ? "" : " ");
      text.append(String.format("%02x", Memory.getByte(address + i)));
    }
    return text.toString();
  }

  private long bodyState(long offsetBytes, long generation) {
    return mix(seed ^ mix(offsetBytes + GAMMA) ^ generation * MULTIPLIER);
  }

  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * MULTIPLIER;
    return mixed ^ mixed >>> 29;
  }
}
