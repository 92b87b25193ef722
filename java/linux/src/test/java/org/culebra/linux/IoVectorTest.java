package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IoVectorTest {
  private final NativeBuffer buffer = NativeBuffer.allocate(4096, 4096);
  private final long memory = buffer.address();
  private final IoVector vector = new IoVector(8);

  @AfterEach
  void close() {
    vector.close();
    vector.close();
    buffer.close();
  }

  private void add(long... offsetLengthPairs) {
    for (int i = 0; i < offsetLengthPairs.length; i += 2) {
      assertTrue(vector.add(memory + offsetLengthPairs[i], offsetLengthPairs[i + 1]));
    }
  }

  private static String hex(long address, long length) {
    return "0x" + Long.toHexString(address) + "+" + length;
  }

  @Test
  void shouldBeLaidOutAsTheKernelsIovecs() {
    add(0, 10, 100, 20);
    assertEquals(memory, Memory.getLong(vector.iovecAddress()));
    assertEquals(10, Memory.getLong(vector.iovecAddress() + 8));
    assertEquals(memory + 100, Memory.getLong(vector.iovecAddress() + 16));
    assertEquals(20, Memory.getLong(vector.iovecAddress() + 24));
    assertEquals(2, vector.count());
    assertEquals(30, vector.lengthBytes());
  }

  @Test
  void shouldLengthenTheLastSegmentByMemoryThatFollowsIt() {
    add(0, 10, 10, 5, 16, 1);
    assertEquals("[" + hex(memory, 15) + " " + hex(memory + 16, 1) + "]", vector.toString());
    assertEquals(16, vector.lengthBytes());
  }

  @Test
  void shouldNotMergeMemoryThatPrecedes() {
    add(10, 10, 0, 10);
    assertEquals(2, vector.count());
  }

  @Test
  void shouldIgnoreASegmentOfNoLength() {
    add(0, 0);
    assertEquals(0, vector.count());
  }

  @Test
  void shouldGrowToItsLimitAndKeepWhatItHas() {
    for (int i = 0; i < 8; i++) {
      add(i * 16, 8);
    }
    assertFalse(vector.add(memory + 1000, 8));
    assertEquals(8, vector.count());
    assertEquals(64, vector.lengthBytes());
    assertEquals(memory + 7 * 16, vector.address(7));
    assertTrue(vector.add(memory + 7 * 16 + 8, 2), "merging needs no room");
    assertEquals(10, vector.length(7));
  }

  @Test
  void shouldKeepItsMemoryWhenCleared() {
    for (int i = 0; i < 8; i++) {
      add(i * 16, 8);
    }
    long grown = vector.iovecAddress();
    vector.clear();
    assertEquals(0, vector.count());
    assertEquals(0, vector.lengthBytes());
    add(5, 5);
    assertEquals(grown, vector.iovecAddress());
    assertEquals("[" + hex(memory + 5, 5) + "]", vector.toString());
  }

  @Test
  void shouldDropBytesAtTheBeginning() {
    add(0, 10, 100, 20, 200, 30);
    vector.dropFirst(4);
    assertEquals(memory + 4, vector.address(0));
    assertEquals(6, vector.length(0));
    vector.dropFirst(6 + 20 + 1);
    assertEquals("[" + hex(memory + 201, 29) + "]", vector.toString());
    assertEquals(29, vector.lengthBytes());
    assertEquals(memory + 201, Memory.getLong(vector.iovecAddress()));
    vector.dropFirst(29);
    assertEquals(0, vector.count());
  }

  @Test
  void shouldDropBytesAtTheEnd() {
    add(0, 10, 100, 20, 200, 30);
    vector.dropLast(31);
    assertEquals("[" + hex(memory, 10) + " " + hex(memory + 100, 19) + "]", vector.toString());
    vector.dropLast(29);
    assertEquals(0, vector.count());
    assertEquals(0, vector.lengthBytes());
  }

  @Test
  void shouldTakeAsManySegmentsAsItsLimitAfterSomeWereDropped() {
    try (IoVector small = new IoVector(2)) {
      small.add(memory, 8);
      small.add(memory + 16, 8);
      small.dropFirst(8);
      assertTrue(small.add(memory + 32, 8));
      assertFalse(small.add(memory + 48, 8));
      assertEquals("[" + hex(memory + 16, 8) + " " + hex(memory + 32, 8) + "]", small.toString());
    }
  }

  @Test
  void shouldGrowWithWhatIsLeftAfterADrop() {
    add(0, 8, 16, 8, 32, 8, 48, 8);
    vector.dropFirst(8);
    add(64, 8, 80, 8);
    assertEquals(5, vector.count());
    assertEquals(memory + 16, vector.address(0));
    assertEquals(memory + 80, vector.address(4));
    assertEquals(40, vector.lengthBytes());
  }

  @Test
  void shouldAppendAPartOfAnother() {
    add(0, 10, 100, 20, 200, 30);
    try (IoVector part = new IoVector(4)) {
      assertTrue(part.addSlice(vector, 5, 30));
      String expected =
          "[" + hex(memory + 5, 5) + " " + hex(memory + 100, 20) + " " + hex(memory + 200, 5) + "]";
      assertEquals(expected, part.toString());
      part.clear();
      assertTrue(part.addSlice(vector, 10, 20));
      assertEquals("[" + hex(memory + 100, 20) + "]", part.toString());
      part.clear();
      assertTrue(part.addSlice(vector, 60, 0));
      assertEquals(0, part.count());
    }
  }

  @Test
  void shouldSayWhenAPartHasMoreSegmentsThanItsLimit() {
    add(0, 10, 100, 20, 200, 30);
    try (IoVector part = new IoVector(2)) {
      assertFalse(part.addSlice(vector, 0, 60));
      assertEquals(30, part.lengthBytes());
    }
  }

  @Test
  void shouldCopyOutAndInAcrossSegments() {
    add(0, 3, 100, 3, 200, 3);
    Memory.put(memory + 1000, new byte[] {1, 2, 3, 4, 5}, 0, 5);
    vector.copyFrom(2, memory + 1000, 5);
    assertEquals(0, Memory.getByte(memory + 1));
    assertEquals(1, Memory.getByte(memory + 2));
    assertEquals(2, Memory.getByte(memory + 100));
    assertEquals(4, Memory.getByte(memory + 102));
    assertEquals(5, Memory.getByte(memory + 200));
    assertEquals(0, Memory.getByte(memory + 201));
    vector.copyTo(1, memory + 2000, 8);
    assertEquals(0x0504_0302_0100L, Memory.getLong(memory + 2000));
  }

  @Test
  void shouldZeroAPart() {
    add(0, 3, 100, 3);
    Memory.fill(memory, 200, (byte) 7);
    vector.zero(1, 3);
    assertEquals(7, Memory.getByte(memory));
    assertEquals(0, Memory.getByte(memory + 1));
    assertEquals(0, Memory.getByte(memory + 100));
    assertEquals(7, Memory.getByte(memory + 101));
  }

  @Test
  void shouldHoldOneSegment() {
    try (IoVector one = IoVector.of(memory, 64)) {
      assertEquals(1, one.count());
      assertEquals(64, one.lengthBytes());
      assertFalse(one.add(memory + 100, 1));
      assertNotEquals(0, one.iovecAddress());
    }
  }

  @Test
  void shouldAllocateNothingWhenWarm() {
    Allocation.assertNone(50_000, this::fillAndDrop);
  }

  private void fillAndDrop() {
    vector.clear();
    for (int i = 0; i < 8; i++) {
      vector.add(memory + i * 16L, 8);
    }
    vector.dropFirst(12);
    vector.dropLast(12);
    vector.zero(0, vector.lengthBytes());
  }
}
