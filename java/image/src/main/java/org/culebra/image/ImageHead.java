package org.culebra.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.culebra.block.BlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.linux.Memory;

/** The first bytes of a file, from which a format is known. */
public final class ImageHead {
  private ImageHead() {}

  /**
   * Reads the first bytes; an inactive file is active meanwhile.
   *
   * @param lengthBytes how many, fewer when the file is shorter
   * @throws IOException when they can't be read
   */
  public static byte[] read(BlockDevice file, int lengthBytes) throws IOException {
    boolean activated = !file.isActive();
    if (activated) {
      file.activate();
    }
    try {
      return readActive(file, lengthBytes);
    } finally {
      if (activated) {
        file.deactivate();
      }
    }
  }

  private static byte[] readActive(BlockDevice file, int lengthBytes) throws IOException {
    int there = (int) Math.min(lengthBytes, file.capacityBytes());
    byte[] bytes = new byte[there];
    if (there == 0) {
      return bytes;
    }
    int alignment = file.limits().alignmentBytes();
    long rounded = (there + alignment - 1L) & -alignment;
    try (Arena arena = Arena.ofShared();
        SyncIo io = new SyncIo(file)) {
      long address = arena.allocate(rounded, Math.max(4096, alignment)).address();
      io.read(0, address, rounded);
      Memory.get(address, bytes, 0, there);
    }
    return bytes;
  }
}
