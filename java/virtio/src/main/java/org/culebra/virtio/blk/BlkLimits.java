package org.culebra.virtio.blk;

import org.culebra.virtio.FeatureBits;

/**
 * What a request is checked against. Immutable: a device that is resized or negotiates again makes
 * a new one.
 *
 * @param capacitySectors the device's size, 0 to 2^54
 * @param isReadOnly whether writes are refused
 * @param features the negotiated ones
 * @param discard bounds of discards
 * @param writeZeroes bounds of write zeroes
 */
public record BlkLimits(
    long capacitySectors,
    boolean isReadOnly,
    long features,
    Segments discard,
    Segments writeZeroes) {
  /** Checks the capacity. */
  public BlkLimits {
    assert capacitySectors >= 0 && capacitySectors <= 1L << 54;
    assert discard != null && writeZeroes != null;
  }

  /**
   * Bounds of the segments of a discard or write zeroes.
   *
   * @param sectorsMax of one segment
   * @param segmentsMax of one request, up to {@link RequestSlot#SEGMENTS_MAX}
   */
  public record Segments(long sectorsMax, int segmentsMax) {
    /** Checks the bounds. */
    public Segments {
      assert sectorsMax >= 0;
      assert segmentsMax >= 0 && segmentsMax <= RequestSlot.SEGMENTS_MAX;
    }
  }

  /** Makes the limits that a configuration tells the driver. */
  public static BlkLimits of(BlkConfig config, boolean isReadOnly, long features) {
    return new BlkLimits(
        config.capacitySectors(),
        isReadOnly,
        features,
        new Segments(config.maxDiscardSectors(), (int) config.maxDiscardSeg()),
        new Segments(config.maxWriteZeroesSectors(), (int) config.maxWriteZeroesSeg()));
  }

  /** Returns whether a feature, by its bit, was negotiated. */
  public boolean has(int bit) {
    return FeatureBits.has(features, bit);
  }
}
