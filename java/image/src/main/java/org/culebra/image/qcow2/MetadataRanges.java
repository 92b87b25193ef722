package org.culebra.image.qcow2;

/**
 * The places of a file that hold tables which a header names: no guest cluster may lie there.
 * Confined to the owner.
 */
final class MetadataRanges {
  private final Qcow2Header header;
  private final Geometry geometry;

  MetadataRanges(Qcow2Header header, Geometry geometry) {
    this.header = header;
    this.geometry = geometry;
  }

  /** Returns what a range of the file overlaps, or null. */
  String overlap(long start, long end) {
    if (start < geometry.clusterSize) {
      return "the header";
    }
    if (meets(start, end, header.l1TableOffset, header.l1Size * 8)) {
      return "the L1 table";
    }
    long refcountBytes = header.refcountTableClusters << geometry.clusterBits;
    if (meets(start, end, header.refcountTableOffset, refcountBytes)) {
      return "the refcount table";
    }
    // Its length isn't known without reading it: an entry has 40 bytes at least.
    if (meets(start, end, header.snapshotsOffset, header.snapshotCount * 40)) {
      return "the snapshot table";
    }
    return null;
  }

  private boolean meets(long start, long end, long tableOffset, long tableBytes) {
    return tableBytes > 0
        && start < geometry.clusterStart(tableOffset + tableBytes - 1) + geometry.clusterSize
        && tableOffset < end;
  }
}
