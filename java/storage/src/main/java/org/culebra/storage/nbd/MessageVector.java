package org.culebra.storage.nbd;

import org.culebra.linux.IoVector;

/** Vectors for sending and receiving: as long as the kernel takes them, from the beginning. */
public final class MessageVector {
  private MessageVector() {}

  /** Makes an empty vector that doesn't grow any more, so that using it allocates nothing. */
  public static IoVector make() {
    IoVector vector = new IoVector(IoVector.KERNEL_SEGMENTS_MAX);
    for (int i = 0; i < IoVector.KERNEL_SEGMENTS_MAX; i++) {
      // Never dereferenced; apart from each other, so that they stay segments of their own.
      vector.add(2L * i + 1, 1);
    }
    vector.clear();
    return vector;
  }
}
