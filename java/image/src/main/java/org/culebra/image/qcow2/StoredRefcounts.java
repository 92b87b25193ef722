package org.culebra.image.qcow2;

import java.io.IOException;

/** The refcounts that an image has stored, read a cluster at a time. Blocks; of one thread. */
final class StoredRefcounts {
  private final Qcow2Header header;
  private final Geometry geometry;
  private final TableReader reader;
  private final long tableBuffer;
  private final long blockBuffer;
  private long tableLoaded = -1;
  private long blockLoaded = -1;

  StoredRefcounts(Qcow2Header header, Geometry geometry, TableReader reader) {
    this.header = header;
    this.geometry = geometry;
    this.reader = reader;
    tableBuffer = reader.allocate(geometry.clusterSize);
    blockBuffer = reader.allocate(geometry.clusterSize);
  }

  long tableEntries() {
    return header.refcountTableClusters << geometry.l2Bits;
  }

  /** Returns an entry of the refcount table. */
  long blockOffset(long index) throws IOException {
    long offset = header.refcountTableOffset + (index >>> geometry.l2Bits << geometry.clusterBits);
    if (tableLoaded != offset) {
      tableLoaded = -1;
      reader.read(offset, tableBuffer, geometry.clusterSize);
      tableLoaded = offset;
    }
    return BigEndian.getLong(tableBuffer + 8 * (index & ((1L << geometry.l2Bits) - 1)));
  }

  /** Returns a cluster's refcount; 0 where there is no usable block for it. */
  long get(long cluster) throws IOException {
    long index = cluster >>> geometry.refcountBlockBits;
    long block = index < tableEntries() ? blockOffset(index) : 0;
    if (block <= 0 || geometry.inCluster(block) != 0) {
      return 0;
    }
    if (blockLoaded != block) {
      blockLoaded = -1;
      reader.read(block, blockBuffer, geometry.clusterSize);
      blockLoaded = block;
    }
    int inBlock = (int) (cluster & ((1L << geometry.refcountBlockBits) - 1));
    return Refcounts.get(blockBuffer, geometry.refcountOrder, inBlock);
  }
}
