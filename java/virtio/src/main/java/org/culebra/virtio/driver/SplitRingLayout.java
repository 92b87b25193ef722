package org.culebra.virtio.driver;

import org.culebra.virtio.SplitRing;

/**
 * Where a split virtqueue's parts lie in the driver's memory.
 *
 * @param queueSize a power of two up to 32768
 * @param descriptorTableAddress host address, aligned to 16
 * @param availableRingAddress host address, aligned to 2
 * @param usedRingAddress host address, aligned to 4
 */
public record SplitRingLayout(
    int queueSize, long descriptorTableAddress, long availableRingAddress, long usedRingAddress) {
  /** The used ring gets cache lines of its own: the other side writes it. */
  private static final int USED_RING_SPACING = 64;

  /** Checks size and alignments. */
  public SplitRingLayout {
    assert SplitRing.isQueueSize(queueSize);
    assert descriptorTableAddress % SplitRing.DESCRIPTOR_TABLE_ALIGNMENT == 0;
    assert availableRingAddress % SplitRing.AVAILABLE_RING_ALIGNMENT == 0;
    assert usedRingAddress % SplitRing.USED_RING_ALIGNMENT == 0;
  }

  /**
   * Lays the parts out one after the other.
   *
   * @param address host address, aligned to 64, of {@link #sizeBytes} bytes
   */
  public static SplitRingLayout contiguous(long address, int queueSize) {
    final long available = address + SplitRing.descriptorTableBytes(queueSize);
    final long used = align(available + SplitRing.availableRingBytes(queueSize, true));
    return new SplitRingLayout(queueSize, address, available, used);
  }

  /** Returns how many bytes a contiguous layout takes, a multiple of 64. */
  public static long sizeBytes(int queueSize) {
    final long used =
        align(
            SplitRing.descriptorTableBytes(queueSize)
                + SplitRing.availableRingBytes(queueSize, true));
    return align(used + SplitRing.usedRingBytes(queueSize, true));
  }

  private static long align(long offset) {
    return (offset + USED_RING_SPACING - 1) & -USED_RING_SPACING;
  }
}
