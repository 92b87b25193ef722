package org.culebra.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which parts of a disk in memory were ever written: one flag a chunk, set before the bytes are
 * stored and never cleared, so that any threads may look and set without a lock.
 *
 * <p>A reader that is ordered after a write's completion sees the flag, by whatever orders it; one
 * that isn't may read zeroes, as it may from the memory itself.
 */
final class WrittenChunks {
  private static final VarHandle FLAGS = MethodHandles.arrayElementVarHandle(byte[].class);
  private static final int CHUNK_SHIFT_MIN = 16;
  private static final int CHUNKS_MAX = 1 << 20;

  private final byte[] flags;
  private final int shift;

  WrittenChunks(long capacityBytes) {
    int chunkShift = CHUNK_SHIFT_MIN;
    while ((capacityBytes - 1) >>> chunkShift >= CHUNKS_MAX) {
      chunkShift++;
    }
    shift = chunkShift;
    flags = new byte[(int) ((capacityBytes - 1) >>> chunkShift) + 1];
  }

  void mark(long offsetBytes, long lengthBytes) {
    int last = (int) ((offsetBytes + lengthBytes - 1) >>> shift);
    for (int chunk = (int) (offsetBytes >>> shift); chunk <= last; chunk++) {
      if ((byte) FLAGS.getOpaque(flags, chunk) == 0) {
        FLAGS.setOpaque(flags, chunk, (byte) 1);
      }
    }
  }

  boolean isWritten(long offsetBytes) {
    return (byte) FLAGS.getOpaque(flags, (int) (offsetBytes >>> shift)) != 0;
  }

  /** Returns where the run of chunks with the flag of the one at an offset ends, up to a bound. */
  long runEnd(long offsetBytes, long endBytes) {
    int chunk = (int) (offsetBytes >>> shift);
    int last = (int) ((endBytes - 1) >>> shift);
    byte flag = (byte) FLAGS.getOpaque(flags, chunk);
    do {
      chunk++;
    } while (chunk <= last && (byte) FLAGS.getOpaque(flags, chunk) == flag);
    return Math.min((long) chunk << shift, endBytes);
  }
}
