package org.culebra.storage.node;

import java.io.IOException;
import org.culebra.linux.IoVector;
import org.culebra.linux.Mapping;

/** Memory for payloads: blocks of one mapping. Confined to the node's thread. */
final class PayloadPool implements AutoCloseable {
  static final int BLOCK_BYTES = 128 << 10;

  private final Mapping mapping;
  private final int[] free;
  private int freeCount;

  PayloadPool(long sizeBytes) throws IOException {
    int blocks = (int) (sizeBytes / BLOCK_BYTES);
    mapping = Mapping.anonymous((long) blocks * BLOCK_BYTES);
    free = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      free[i] = blocks - 1 - i;
    }
    freeCount = blocks;
  }

  static int blocksOf(long lengthBytes) {
    return (int) ((lengthBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
  }

  /** Returns how many blocks are free. */
  int freeCount() {
    return freeCount;
  }

  /**
   * Takes the memory of a payload.
   *
   * @param memory empty; filled with exactly so many bytes
   * @param blocks filled with the blocks that {@link #give} takes back
   * @return how many blocks were taken; there are as many
   */
  int take(long lengthBytes, IoVector memory, int[] blocks) {
    int count = blocksOf(lengthBytes);
    assert count <= freeCount;
    long left = lengthBytes;
    for (int i = 0; i < count; i++) {
      blocks[i] = free[--freeCount];
      long part = Math.min(left, BLOCK_BYTES);
      boolean added = memory.add(mapping.address() + (long) blocks[i] * BLOCK_BYTES, part);
      assert added;
      left -= part;
    }
    return count;
  }

  /** Takes blocks back. */
  void give(int[] blocks, int count) {
    for (int i = count - 1; i >= 0; i--) {
      free[freeCount++] = blocks[i];
    }
  }

  @Override
  public void close() {
    mapping.close();
  }
}
