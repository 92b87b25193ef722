package org.culebra.image.qcow2;

/** The sizes that follow from a header. Immutable. */
final class Geometry {
  /** Pages of tables are at most this long, and never longer than a cluster. */
  static final int PAGE_BITS_MAX = 12;

  private static final int SECTOR_BYTES = 512;

  final int clusterBits;
  final long clusterSize;
  final int l2Bits;
  final int pageBits;
  final int pageSize;

  /** log2 of the table entries of 8 bytes in a page. */
  final int pageEntryBits;

  final int refcountOrder;

  /** log2 of the refcounts in a refcount block, and in a page of one. */
  final int refcountBlockBits;

  final int refcountPageBits;
  final long capacityBytes;
  final boolean hasZeroFlag;

  Geometry(Qcow2Header header, int fileAlignmentBytes) {
    clusterBits = header.clusterBits;
    clusterSize = 1L << clusterBits;
    l2Bits = clusterBits - 3;
    int alignmentBits = Integer.numberOfTrailingZeros(fileAlignmentBytes);
    assert alignmentBits <= clusterBits : "alignment above the cluster size";
    pageBits = Math.min(clusterBits, Math.max(PAGE_BITS_MAX, alignmentBits));
    pageSize = 1 << pageBits;
    pageEntryBits = pageBits - 3;
    refcountOrder = header.refcountOrder;
    refcountBlockBits = clusterBits + 3 - refcountOrder;
    refcountPageBits = pageBits + 3 - refcountOrder;
    capacityBytes = capacityBytes(header);
    hasZeroFlag = header.version >= 3;
  }

  /** Returns the disk's size: the header's, rounded down to sectors as QEMU does. */
  static long capacityBytes(Qcow2Header header) {
    return header.sizeBytes & -SECTOR_BYTES;
  }

  long l1Index(long guestOffset) {
    return guestOffset >>> (clusterBits + l2Bits);
  }

  long l2Index(long guestOffset) {
    return (guestOffset >>> clusterBits) & ((1L << l2Bits) - 1);
  }

  long inCluster(long offset) {
    return offset & (clusterSize - 1);
  }

  long clusterStart(long offset) {
    return offset & -clusterSize;
  }

  /** Returns how many clusters hold so many bytes. */
  long clusters(long bytes) {
    return (bytes + clusterSize - 1) >>> clusterBits;
  }

  /** Returns where the page of a table begins that holds a byte of it. */
  long pageStart(long offset) {
    return offset & -pageSize;
  }
}
