package org.culebra.storage.nbd;

import java.io.IOException;

/**
 * What a server says of an export when the handshake ends.
 *
 * @param sizeBytes its size
 * @param flags of {@link TransmissionFlags}
 * @param blockSizes its size constraints
 * @param structuredReplies whether structured replies were agreed
 */
record ExportInfo(long sizeBytes, int flags, BlockSizes blockSizes, boolean structuredReplies) {
  /**
   * Size constraints (NBD: Size constraints).
   *
   * @param minimumBytes the unit of offsets and lengths, a power of two up to 65536
   * @param preferredBytes from which on requests are efficient, a power of two from 512 on
   * @param maximumBytes the largest payload, below 2^32
   * @param advertised whether the server said so, or these are the defaults
   */
  record BlockSizes(int minimumBytes, int preferredBytes, long maximumBytes, boolean advertised) {
    private static final int MINIMUM_BYTES_MAX = 65536;
    private static final int PREFERRED_BYTES_MIN = 512;

    /** What holds when the server says nothing. */
    static final BlockSizes DEFAULT = new BlockSizes(1, 4096, 1L << 25, false);

    /**
     * Returns what a server advertised.
     *
     * @throws IOException when the values break a rule of the protocol
     */
    static BlockSizes advertised(long minimum, long preferred, long maximum) throws IOException {
      if (Long.bitCount(minimum) != 1 || minimum > MINIMUM_BYTES_MAX) {
        throw new IOException(
            "minimum block size "
                + minimum
                + ": must be a power of two up to "
                + MINIMUM_BYTES_MAX);
      }
      long floor = Math.max(minimum, PREFERRED_BYTES_MIN);
      if (Long.bitCount(preferred) != 1 || preferred < floor || preferred > 1 << 30) {
        throw new IOException(
            "preferred block size " + preferred + ": must be a power of two from " + floor + " on");
      }
      if (maximum < preferred) {
        throw new IOException(
            "maximum payload size "
                + maximum
                + ": must be the preferred "
                + preferred
                + " or more");
      }
      return new BlockSizes((int) minimum, (int) preferred, maximum, true);
    }
  }

  /** Checks the size and flags. */
  static ExportInfo of(long sizeBytes, int flags, BlockSizes sizes, boolean structured)
      throws IOException {
    if (sizeBytes < 0) {
      throw new IOException(
          "export size " + Long.toUnsignedString(sizeBytes) + ": must be below 2^63");
    }
    if ((flags & TransmissionFlags.HAS_FLAGS) == 0) {
      throw new IOException(
          "transmission flags 0x" + Integer.toHexString(flags) + ": bit 0 must be set");
    }
    return new ExportInfo(sizeBytes, flags, sizes, structured);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Returns the part of the size that requests can reach. */
  long usableBytes() {
    return sizeBytes - sizeBytes % blockSizes.minimumBytes();
  }
}
