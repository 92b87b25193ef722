package org.culebra.image.qcow2;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.culebra.block.BlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.linux.Memory;

/** Blocking reads of an image's tables, for check, info and snapshots; of one thread. */
final class TableReader implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final SyncIo io;
  private final long capacityBytes;
  private final int alignment;

  TableReader(BlockDevice file) throws IOException {
    capacityBytes = file.capacityBytes();
    alignment = file.limits().alignmentBytes();
    io = new SyncIo(file);
  }

  /** Takes memory that lasts until it is closed. */
  long allocate(long sizeBytes) {
    return arena.allocate(sizeBytes, 4096).address();
  }

  /** Reads aligned bytes; what is beyond the end of the file are zeroes. */
  void read(long offset, long address, long length) throws IOException {
    long there = Math.max(0, Math.min(length, capacityBytes - offset)) & -alignment;
    if (there < length) {
      Memory.fill(address + there, length - there, (byte) 0);
    }
    if (there > 0) {
      io.read(offset, address, there);
    }
  }

  /** Reads a few bytes at any offset. */
  byte[] bytes(long offset, int length) throws IOException {
    long start = offset & -alignment;
    long end = (offset + length + alignment - 1) & -alignment;
    byte[] out = new byte[length];
    try (Arena own = Arena.ofShared()) {
      long address = own.allocate(end - start, 4096).address();
      read(start, address, end - start);
      Memory.get(address + (offset - start), out, 0, length);
    }
    return out;
  }

  @Override
  public void close() {
    io.close();
    arena.close();
  }
}
