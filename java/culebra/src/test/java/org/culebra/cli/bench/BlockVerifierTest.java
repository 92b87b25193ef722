package org.culebra.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Memory;
import org.junit.jupiter.api.Test;

class BlockVerifierTest {
  private static final int BLOCK_BYTES = 512;
  private static final int BLOCKS = 8;
  private static final long DISK = Memory.allocate(BLOCK_BYTES * BLOCKS, 64);
  private static final long BUFFER = Memory.allocate(BLOCK_BYTES, 64);

  private final BenchPart part = new BenchPart(0, BLOCKS, BLOCK_BYTES);

  private BlockVerifier verifier(long run, boolean tracksWrites) {
    return new BlockVerifier(new BlockPattern(1, run, BLOCK_BYTES), part, tracksWrites);
  }

  private static void write(BlockVerifier verifier, int block) {
    verifier.fill(block, BUFFER);
    Memory.copy(BUFFER, DISK + block * BLOCK_BYTES, BLOCK_BYTES);
    verifier.onWritten(block, true);
  }

  private static boolean read(BlockVerifier verifier, int block) {
    return verifier.check(block, DISK + block * BLOCK_BYTES);
  }

  @Test
  void shouldKnowWhatEachBlockMustHold() {
    BlockVerifier verifier = verifier(5, true);
    assertTrue(read(verifier, 2), "never written: nothing to check");
    write(verifier, 2);
    assertTrue(read(verifier, 2));
    write(verifier, 2);
    write(verifier, 5);
    verifier.beginReadBack();
    assertTrue(read(verifier, 2));
    assertTrue(read(verifier, 5));
    verifier.endReadBack();
    assertEquals(new BenchResult.Verified(1, 1, 2, null), verifier.verified());
  }

  @Test
  void shouldFindALostWriteAndKeepTheFirstMismatch() {
    BlockVerifier verifier = verifier(6, true);
    write(verifier, 0);
    verifier.fill(0, BUFFER);
    verifier.onWritten(0, true);
    assertFalse(read(verifier, 0));
    write(verifier, 1);
    assertFalse(verifier.check(1, DISK));
    assertEquals(
        "offset 0: expected generation 2 of seed 1, found generation 1",
        verifier.verified().mismatch());
  }

  @Test
  void shouldExpectNothingOfABlockWhoseWriteFailedUntilTheNextOne() {
    BlockVerifier verifier = verifier(7, true);
    write(verifier, 3);
    verifier.fill(3, BUFFER);
    verifier.onWritten(3, false);
    assertTrue(read(verifier, 3));
    assertEquals(-1, verifier.nextWritten(0));
    write(verifier, 3);
    assertTrue(read(verifier, 3));
    assertEquals(3, Memory.getLong(DISK + 3 * BLOCK_BYTES + 16), "generation");
  }

  @Test
  void shouldNameTheBlocksThatThisRunWrote() {
    BlockVerifier verifier = verifier(8, true);
    write(verifier, 1);
    write(verifier, 7);
    assertEquals(1, verifier.nextWritten(0));
    assertEquals(7, verifier.nextWritten(2));
    assertEquals(-1, verifier.nextWritten(8));
  }

  @Test
  void shouldCheckWhatAnEarlierRunWroteWithoutKnowingItsGenerations() {
    BlockVerifier writer = verifier(9, true);
    Memory.fill(DISK, BLOCK_BYTES * BLOCKS, (byte) 0);
    write(writer, 4);
    write(writer, 4);
    BlockVerifier reader = verifier(BlockPattern.ANY, false);
    assertTrue(read(reader, 4));
    assertTrue(read(reader, 0), "zeroes: never written");
    assertFalse(reader.check(3, DISK + 4 * BLOCK_BYTES), "misplaced");
    assertEquals(-1, reader.nextWritten(0));
    assertEquals(1, reader.verified().checkedBlocks());
    assertEquals(1, reader.verified().unwrittenBlocks());
  }

  @Test
  void shouldAddWhatQueuesFound() {
    var one = new BenchResult.Verified(1, 2, 3, null);
    var other = new BenchResult.Verified(10, 20, 30, "wrong");
    assertEquals(
        new BenchResult.Verified(11, 22, 33, "wrong"), BenchResult.Verified.sum(one, other));
    assertEquals(one, BenchResult.Verified.sum(null, one));
    assertEquals(one, BenchResult.Verified.sum(one, null));
  }
}
