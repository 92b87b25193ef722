package org.culebra.block;

import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/** One buffer of a {@link CopyPump}, on its way from being read to being written run by run. */
final class CopySlot {
  final int index;
  final BlockRequest request = new BlockRequest();
  final IoVector buffer;
  private final long address;
  private final int bufferBytes;
  private final int sparseBytes;
  private long toBytes;
  private long lengthBytes;
  private long doneBytes;
  private boolean zeroFill;
  private boolean runIsZeroes;

  CopySlot(int index, long address, CopyPump.Options options) {
    this.index = index;
    this.address = address;
    bufferBytes = options.bufferBytes();
    sparseBytes = options.sparseBytes();
    buffer = IoVector.of(address, bufferBytes);
  }

  void begin(long toOffsetBytes, long lengthBytes) {
    toBytes = toOffsetBytes;
    this.lengthBytes = lengthBytes;
    doneBytes = 0;
    zeroFill = false;
  }

  void beginZeroes(long toOffsetBytes, long lengthBytes) {
    begin(toOffsetBytes, lengthBytes);
    zeroFill = true;
  }

  /** Finds the next run of data or zeroes of a buffer that was read; returns its length. */
  long nextRun() {
    if (sparseBytes == 0) {
      runIsZeroes = false;
      return leftBytes();
    }
    long end = doneBytes;
    runIsZeroes = isZero(end);
    do {
      end = Math.min(end + sparseBytes, lengthBytes);
    } while (end < lengthBytes && isZero(end) == runIsZeroes);
    return end - doneBytes;
  }

  boolean runIsZeroes() {
    return runIsZeroes;
  }

  void advance(long bytes) {
    doneBytes += bytes;
  }

  /** Makes the part of the buffer that is about to be written as zeroes hold zeroes. */
  void clearBuffer() {
    if (zeroFill) {
      Memory.fill(address, Math.min(bufferBytes, leftBytes()), (byte) 0);
    }
  }

  boolean isDone() {
    return doneBytes == lengthBytes;
  }

  boolean isZeroFill() {
    return zeroFill;
  }

  long leftBytes() {
    return lengthBytes - doneBytes;
  }

  long toOffsetBytes() {
    return toBytes + doneBytes;
  }

  /** Returns where in the buffer the next run lies; a fill uses the buffer from its beginning. */
  long bufferOffsetBytes() {
    return zeroFill ? 0 : doneBytes;
  }

  private boolean isZero(long offset) {
    long end = Math.min(offset + sparseBytes, lengthBytes);
    long at = offset;
    for (; at + 8 <= end; at += 8) {
      if (Memory.getLong(address + at) != 0) {
        return false;
      }
    }
    for (; at < end; at++) {
      if (Memory.getByte(address + at) != 0) {
        return false;
      }
    }
    return true;
  }
}
