package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.culebra.block.Seeds;
import org.junit.jupiter.api.Test;

class CoverageTest {
  @Test
  void shouldAgreeWithABitSet() {
    SplittableRandom random = Seeds.random("shouldAgreeWithABitSet");
    for (int round = 0; round < 500; round++) {
      Coverage coverage = new Coverage();
      BitSet model = new BitSet();
      // 40 bytes and at most 20 runs: never more gaps than a coverage keeps.
      for (int i = 0; i < 60; i++) {
        int start = random.nextInt(40);
        int end = start + 1 + random.nextInt(Math.min(4, 40 - start));
        boolean fresh = model.get(start, end).isEmpty();
        assertEquals(fresh, coverage.add(start, end), start + " to " + end + " on " + model);
        model = fresh ? with(model, start, end) : model;
        assertEquals(model.cardinality() == 40, coverage.isAll(0, 40));
      }
    }
  }

  private static BitSet with(BitSet model, int start, int end) {
    model.set(start, end);
    return model;
  }

  @Test
  void shouldRefuseMoreGapsThanItKeeps() {
    Coverage coverage = new Coverage();
    for (int i = 0; i < Coverage.RUNS_MAX; i++) {
      assertTrue(coverage.add(2L * i, 2L * i + 1));
    }
    assertFalse(coverage.add(1000, 1001));
    assertTrue(coverage.add(1, 2), "what joins two runs still fits");
  }
}
