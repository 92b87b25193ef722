package org.culebra.block;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/** Bytes for tests that are unlike each other, and comparisons that say where they differ. */
public final class Patterns {
  private Patterns() {}

  /** Returns random bytes, none of them zero. */
  public static byte[] bytes(SplittableRandom random, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    random.nextBytes(bytes);
    for (int i = 0; i < lengthBytes; i++) {
      bytes[i] = bytes[i] == 0 ? 1 : bytes[i];
    }
    return bytes;
  }

  /** Copies an array into a vector's memory from an offset on. */
  public static void put(IoVector vector, long offsetBytes, byte[] bytes) {
    Native copy = new Native(bytes.length, 1);
    copy.put(0, bytes);
    vector.copyFrom(offsetBytes, copy.address(), bytes.length);
  }

  /** Returns a part of a vector's memory. */
  public static byte[] get(IoVector vector, long offsetBytes, int lengthBytes) {
    Native copy = new Native(lengthBytes, 1);
    vector.copyTo(offsetBytes, copy.address(), lengthBytes);
    return copy.get(0, lengthBytes);
  }

  /** Fails with the first difference and its place. */
  public static void assertSame(byte[] expected, byte[] actual, String what) {
    int at = java.util.Arrays.mismatch(expected, actual);
    if (at >= 0) {
      String values =
          at < Math.min(expected.length, actual.length)
              ? ": " + (expected[at] & 0xff) + " expected, " + (actual[at] & 0xff) + " found"
              : ": lengths " + expected.length + " and " + actual.length;
      fail(what + ": byte " + at + values + " (seed " + Seeds.SEED + ")");
    }
  }

  /** Fails unless all bytes are zero. */
  public static void assertZero(byte[] actual, String what) {
    assertSame(new byte[actual.length], actual, what);
  }

  /** Memory outside the heap that lives as long as it is reachable. */
  public static final class Native {
    private final java.lang.foreign.MemorySegment segment;

    /** Takes zeroed memory. */
    public Native(long sizeBytes, long alignmentBytes) {
      segment = java.lang.foreign.Arena.ofAuto().allocate(sizeBytes, alignmentBytes);
    }

    /** Returns where it begins. */
    public long address() {
      return segment.address();
    }

    /** Returns its size. */
    public long sizeBytes() {
      return segment.byteSize();
    }

    /** Copies an array into it. */
    public void put(long offsetBytes, byte[] bytes) {
      Memory.put(segment.address() + offsetBytes, bytes, 0, bytes.length);
    }

    /** Returns a part of it. */
    public byte[] get(long offsetBytes, int lengthBytes) {
      byte[] bytes = new byte[lengthBytes];
      Memory.get(segment.address() + offsetBytes, bytes, 0, lengthBytes);
      return bytes;
    }
  }
}
