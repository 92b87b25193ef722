package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.culebra.block.Patterns;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/** Memory of a request in several segments, with marked bytes around each of them. */
final class Canary {
  private static final int GAP_BYTES = 256;
  private static final byte MARK = (byte) 0xc7;

  private final int segments;
  private final int segmentBytes;
  private final Patterns.Native memory;
  private final IoVector vector;

  Canary(int segments, int segmentBytes) {
    this.segments = segments;
    this.segmentBytes = segmentBytes;
    long bytes = (long) segments * (segmentBytes + GAP_BYTES) + GAP_BYTES;
    memory = new Patterns.Native(bytes, 4096);
    vector = new IoVector(segments);
    Memory.fill(memory.address(), bytes, MARK);
    for (int i = 0; i < segments; i++) {
      vector.add(segmentAddress(i), segmentBytes);
    }
  }

  IoVector vector() {
    return vector;
  }

  private long segmentAddress(int index) {
    return memory.address() + GAP_BYTES + (long) index * (segmentBytes + GAP_BYTES);
  }

  void put(byte[] bytes) {
    Patterns.put(vector, 0, bytes);
  }

  byte[] bytes() {
    return Patterns.get(vector, 0, segments * segmentBytes);
  }

  /** Checks the bytes around the segments. */
  void assertSurroundingsUntouched() {
    byte[] marks = new byte[GAP_BYTES];
    Arrays.fill(marks, MARK);
    for (int i = 0; i <= segments; i++) {
      long offset = (long) i * (segmentBytes + GAP_BYTES);
      Patterns.assertSame(marks, memory.get(offset, GAP_BYTES), "memory before segment " + i);
    }
  }

  /** Checks all of it. */
  void assertUntouched() {
    assertSurroundingsUntouched();
    for (byte b : bytes()) {
      assertEquals(MARK, b);
    }
  }
}
