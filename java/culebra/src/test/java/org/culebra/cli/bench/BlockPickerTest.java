package org.culebra.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockPickerTest {
  private static int[] pick(BlockPicker picker, int count) {
    return IntStream.range(0, count).map(i -> picker.pick()).toArray();
  }

  @Test
  void shouldGoThroughAllBlocksInOrderAndBeginAgain() {
    BlockPicker picker = new BlockPicker(3, BenchWorkload.WRITE, 1, false);
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, pick(picker, 5));
  }

  @Test
  void shouldPickTheSameForTheSameSeed() {
    int[] first = pick(new BlockPicker(1000, BenchWorkload.RANDREAD, 7, false), 100);
    assertArrayEquals(first, pick(new BlockPicker(1000, BenchWorkload.RANDREAD, 7, false), 100));
    int[] other = pick(new BlockPicker(1000, BenchWorkload.RANDREAD, 8, false), 100);
    assertTrue(IntStream.range(0, 100).filter(i -> first[i] == other[i]).count() < 10);
  }

  @Test
  void shouldPickBlocksEvenly() {
    BlockPicker picker = new BlockPicker(10, BenchWorkload.RANDREAD, 3, false);
    int[] counts = new int[10];
    for (int i = 0; i < 100_000; i++) {
      counts[picker.pick()]++;
    }
    // 10,000 expected, standard deviation 95: five of them.
    IntStream.of(counts).forEach(count -> assertEquals(10_000, count, 500));
  }

  @Test
  void shouldNeverPickABlockThatIsInFlight() {
    BlockPicker picker = new BlockPicker(70, BenchWorkload.RANDWRITE, 5, true);
    BitSet inFlight = new BitSet();
    ArrayDeque<Integer> order = new ArrayDeque<>();
    for (int i = 0; i < 10_000; i++) {
      int block = picker.pick();
      assertTrue(!inFlight.get(block) && block >= 0 && block < 70, "block " + block);
      inFlight.set(block);
      order.add(block);
      // 69 of 70 in flight: nearly all picks meet one that is.
      int done = order.size() == 69 ? order.poll() : -1;
      if (done >= 0) {
        picker.release(done);
        inFlight.clear(done);
      }
    }
  }

  @Test
  void shouldMixReadsAndWritesAsTheWorkloadSays() {
    BlockPicker mixed = new BlockPicker(8, BenchWorkload.RANDRW, 9, false);
    long reads = IntStream.range(0, 10_000).filter(i -> mixed.pickRead()).count();
    assertEquals(5_000, reads, 250);
    BlockPicker reading = new BlockPicker(8, BenchWorkload.READ, 9, false);
    assertEquals(100, IntStream.range(0, 100).filter(i -> reading.pickRead()).count());
    BlockPicker writing = new BlockPicker(8, BenchWorkload.RANDWRITE, 9, false);
    assertEquals(0, IntStream.range(0, 100).filter(i -> writing.pickRead()).count());
  }
}
