package org.culebra.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Memory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockPatternTest {
  private static final int BLOCK_BYTES = 4096;
  private static final long OFFSET = 12 * BLOCK_BYTES;
  private static final long SEED = 42;
  private static final long RUN = 1_700_000_000_000L;
  private static final long ADDRESS = Memory.allocate(BLOCK_BYTES, 64);

  private final BlockPattern pattern = new BlockPattern(SEED, RUN, BLOCK_BYTES);

  @BeforeEach
  void fill() {
    pattern.fill(ADDRESS, OFFSET, 3);
  }

  @Test
  void shouldRecogniseWhatItWrote() {
    assertEquals(BlockPattern.GOOD, pattern.check(ADDRESS, OFFSET, 3));
    assertEquals(BlockPattern.GOOD, pattern.check(ADDRESS, OFFSET, BlockPattern.ANY));
    assertFalse(pattern.isZero(ADDRESS));
  }

  @Test
  void shouldFindEverySingleByteThatIsAltered() {
    for (int i = 0; i < BLOCK_BYTES; i++) {
      byte before = Memory.getByte(ADDRESS + i);
      Memory.putByte(ADDRESS + i, (byte) (before ^ 0x10));
      assertNotEquals(BlockPattern.GOOD, pattern.check(ADDRESS, OFFSET, 3), "byte " + i);
      Memory.putByte(ADDRESS + i, before);
    }
    assertEquals(BlockPattern.GOOD, pattern.check(ADDRESS, OFFSET, 3));
  }

  @Test
  void shouldTellAStaleBlockByItsGeneration() {
    assertEquals(BlockPattern.OTHER, pattern.check(ADDRESS, OFFSET, 4));
    assertEquals(
        "offset 49152: expected generation 4 of seed 42, found generation 3",
        pattern.describe(ADDRESS, OFFSET, 4));
  }

  @Test
  void shouldTellAMisplacedBlockByItsOffset() {
    assertEquals(BlockPattern.OTHER, pattern.check(ADDRESS, 0, 3));
    assertEquals(
        "offset 0: expected generation 3 of seed 42, found generation 3 of offset 49152",
        pattern.describe(ADDRESS, 0, 3));
  }

  @Test
  void shouldTellABlockOfAnotherSeedOrRun() {
    BlockPattern otherSeed = new BlockPattern(7, RUN, BLOCK_BYTES);
    assertEquals(BlockPattern.OTHER, otherSeed.check(ADDRESS, OFFSET, 3));
    assertTrue(otherSeed.describe(ADDRESS, OFFSET, 3).contains("found generation 3 of seed 42"));
    BlockPattern otherRun = new BlockPattern(SEED, RUN + 1, BLOCK_BYTES);
    assertEquals(BlockPattern.OTHER, otherRun.check(ADDRESS, OFFSET, 3));
    assertEquals(
        "offset 49152: expected generation 3 of seed 42, found generation 3 of an earlier run",
        otherRun.describe(ADDRESS, OFFSET, 3));
    BlockPattern anyRun = new BlockPattern(SEED, BlockPattern.ANY, BLOCK_BYTES);
    assertEquals(BlockPattern.GOOD, anyRun.check(ADDRESS, OFFSET, BlockPattern.ANY));
  }

  @Test
  void shouldTellATornBlockByItsBody() {
    pattern.fill(ADDRESS, OFFSET, 4);
    byte[] secondHalf = new byte[BLOCK_BYTES / 2];
    Memory.get(ADDRESS + BLOCK_BYTES / 2, secondHalf, 0, secondHalf.length);
    pattern.fill(ADDRESS, OFFSET, 3);
    Memory.put(ADDRESS + BLOCK_BYTES / 2, secondHalf, 0, secondHalf.length);
    assertEquals(BlockPattern.WRONG_BODY, pattern.check(ADDRESS, OFFSET, 3));
    String line = pattern.describe(ADDRESS, OFFSET, 3);
    assertTrue(line.startsWith("offset 49152: expected generation 3 of seed 42, found"), line);
    assertTrue(line.contains("generation 3 with byte 2048 wrong: "), line);
  }

  @Test
  void shouldTellABlockThatWasLost() {
    Memory.fill(ADDRESS, BLOCK_BYTES, (byte) 0);
    assertEquals(BlockPattern.NO_PATTERN, pattern.check(ADDRESS, OFFSET, 1));
    assertTrue(pattern.isZero(ADDRESS));
    assertEquals(
        "offset 49152: expected generation 1 of seed 42, found zeroes",
        pattern.describe(ADDRESS, OFFSET, 1));
    Memory.fill(ADDRESS, BLOCK_BYTES, (byte) 0x5a);
    assertTrue(
        pattern.describe(ADDRESS, OFFSET, 1).endsWith("no pattern: bytes" + " 5a".repeat(16)));
  }

  @Test
  void shouldFillBlocksDifferently() {
    long other = Memory.allocate(BLOCK_BYTES, 64);
    pattern.fill(other, OFFSET, 4);
    int same = 0;
    for (int i = 48; i < BLOCK_BYTES; i++) {
      same += Memory.getByte(ADDRESS + i) == Memory.getByte(other + i) ? 1 : 0;
    }
    // One byte in 256 is alike by chance: about 16 of 4048.
    assertTrue(same < 60, "alike: " + same);
  }
}
