package org.culebra.image.qcow2;

import org.culebra.block.Extent;

/** Entries of L1 and L2 tables, as bits of a long (qcow2: Cluster mapping). */
final class L2Entry {
  static final long COPIED = 1L << 63;
  static final long COMPRESSED = 1L << 62;
  static final long ZERO = 1;
  static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  /** Bits of a standard descriptor that must be 0. */
  static final long RESERVED = 0x3f00_0000_0000_01feL;

  /** Bits of an L1 entry that must be 0. */
  static final long L1_RESERVED = 0x7f00_0000_0000_01ffL;

  private L2Entry() {}

  static long offset(long entry) {
    return entry & OFFSET_MASK;
  }

  static boolean isCopied(long entry) {
    return (entry & COPIED) != 0;
  }

  /** Returns what an L2 entry's cluster is. */
  static Extent.Kind kind(long entry) {
    if ((entry & COMPRESSED) != 0) {
      return Extent.Kind.COMPRESSED;
    }
    if ((entry & ZERO) != 0) {
      return Extent.Kind.ZERO;
    }
    return (entry & OFFSET_MASK) == 0 ? Extent.Kind.UNALLOCATED : Extent.Kind.DATA;
  }

  /** Returns whether a write may go to the entry's host cluster as it stands. */
  static boolean isWritable(long entry) {
    return (entry & (COPIED | COMPRESSED | ZERO)) == COPIED && (entry & OFFSET_MASK) != 0;
  }

  /** Returns whether an entry that isn't compressed has a host cluster. */
  static boolean hasHost(long entry) {
    return (entry & COMPRESSED) == 0 && (entry & OFFSET_MASK) != 0;
  }

  /** Returns where the host clusters of a compressed cluster begin. */
  static long compressedOffset(long entry, int clusterBits) {
    int x = 62 - (clusterBits - 8);
    return entry & ((1L << x) - 1) & ((1L << 56) - 1);
  }

  /** Returns the end of the last sector of a compressed cluster. */
  static long compressedEnd(long entry, int clusterBits) {
    int x = 62 - (clusterBits - 8);
    long sectors = ((entry & ~(COPIED | COMPRESSED)) >>> x) + 1;
    return (compressedOffset(entry, clusterBits) & -512L) + sectors * 512;
  }
}
