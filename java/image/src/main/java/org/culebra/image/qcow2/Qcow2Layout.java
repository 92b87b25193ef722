package org.culebra.image.qcow2;

import java.nio.charset.StandardCharsets;
import org.culebra.image.ImageException;

/**
 * What a new image is to be, and where its parts go: header, refcount table, refcount blocks, L1
 * table, and with preallocation all L2 tables and the data. Immutable.
 */
final class Qcow2Layout {
  private static final long L1_BYTES_MAX = 32 << 20;
  private static final long REFCOUNT_TABLE_BYTES_MAX = 8 << 20;
  private static final int HEADER_BYTES = 112;

  final Qcow2CreateOptions options;
  final int clusterBits;
  final int refcountOrder;
  final long clusterSize;
  final long sizeBytes;
  final long l1Entries;
  final long dataClusters;
  final long l2Tables;
  final long tableCluster = 1;
  final long tableClusters;
  final long blockCluster;
  final long blocks;
  final long l1Cluster;
  final long l1Clusters;
  final long l2Cluster;
  final long dataCluster;
  final long endCluster;

  Qcow2Layout(Qcow2CreateOptions options) throws ImageException {
    this.options = options;
    clusterBits = Long.numberOfTrailingZeros(options.clusterSize());
    refcountOrder = Integer.numberOfTrailingZeros(options.refcountBits());
    clusterSize = 1L << clusterBits;
    sizeBytes = (options.sizeBytes() + 511) & -512L;
    long perTable = clusterSize << (clusterBits - 3);
    l1Entries = ceilDivide(sizeBytes, perTable);
    if (l1Entries * 8 > L1_BYTES_MAX) {
      throw new ImageException("size " + sizeBytes + ": too large for cluster size " + clusterSize);
    }
    boolean metadata = options.preallocation() != Qcow2CreateOptions.Preallocation.OFF;
    dataClusters = metadata ? ceilDivide(sizeBytes, clusterSize) : 0;
    l2Tables = metadata ? l1Entries : 0;
    l1Clusters = ceilDivide(l1Entries * 8, clusterSize);
    long perBlock = clusterSize * 8 >> refcountOrder;
    long others = 1 + l1Clusters + l2Tables + dataClusters;
    long blockCount = 1;
    long tableCount = 1;
    while (true) {
      long needed = ceilDivide(others + blockCount + tableCount, perBlock);
      long tableNeeded = ceilDivide(needed * 8, clusterSize);
      if (needed <= blockCount && tableNeeded <= tableCount) {
        break;
      }
      blockCount = Math.max(needed, blockCount);
      tableCount = Math.max(tableNeeded, tableCount);
    }
    if (tableCount > 1 && tableCount << clusterBits > REFCOUNT_TABLE_BYTES_MAX) {
      throw new ImageException(
          "size " + sizeBytes + ": too large to preallocate with cluster size " + clusterSize);
    }
    blocks = blockCount;
    tableClusters = tableCount;
    blockCluster = tableCluster + tableClusters;
    l1Cluster = blockCluster + blocks;
    l2Cluster = l1Cluster + l1Clusters;
    dataCluster = l2Cluster + l2Tables;
    endCluster = dataCluster + dataClusters;
  }

  private static long ceilDivide(long value, long by) {
    return value / by + (value % by == 0 ? 0 : 1);
  }

  /** Returns the first cluster of the image. */
  byte[] header() throws ImageException {
    byte[] out = new byte[(int) clusterSize];
    boolean v3 = options.version() == 3;
    BigEndian.putInt(out, 0, Qcow2Header.MAGIC);
    BigEndian.putInt(out, Qcow2Header.VERSION, options.version());
    BigEndian.putInt(out, Qcow2Header.CLUSTER_BITS, clusterBits);
    BigEndian.putLong(out, Qcow2Header.SIZE, sizeBytes);
    BigEndian.putInt(out, Qcow2Header.L1_SIZE, l1Entries);
    BigEndian.putLong(out, Qcow2Header.L1_TABLE_OFFSET, l1Cluster << clusterBits);
    BigEndian.putLong(out, Qcow2Header.REFCOUNT_TABLE_OFFSET, tableCluster << clusterBits);
    BigEndian.putInt(out, Qcow2Header.REFCOUNT_TABLE_CLUSTERS, tableClusters);
    int at = Qcow2Header.V2_BYTES;
    if (v3) {
      long lazy = options.lazyRefcounts() ? Features.LAZY_REFCOUNTS : 0;
      BigEndian.putLong(out, Qcow2Header.COMPATIBLE_FEATURES, lazy);
      BigEndian.putInt(out, Qcow2Header.REFCOUNT_ORDER, refcountOrder);
      BigEndian.putInt(out, Qcow2Header.HEADER_LENGTH, HEADER_BYTES);
      at = HEADER_BYTES;
    }
    at = putExtensions(out, at, v3);
    putBackingName(out, at);
    return out;
  }

  private int putExtensions(byte[] out, int start, boolean v3) throws ImageException {
    int at = start;
    String format = options.backingFormat();
    byte[] name = options.backingFile() == null ? new byte[0] : utf8(options.backingFile());
    int formatBytes = format == null ? 0 : 8 + padded(utf8(format).length);
    int namesBytes = 8 + Features.NAMES.length * HeaderExtensions.FEATURE_NAME_BYTES;
    if (format != null) {
      at = putExtension(out, at, HeaderExtensions.BACKING_FORMAT, utf8(format), name.length + 8);
    }
    // The names are for people; a cluster of 512 bytes may have no room for them.
    if (v3 && start + formatBytes + namesBytes + 8 + name.length <= out.length) {
      at = putExtension(out, at, HeaderExtensions.FEATURE_NAMES, featureNames(), 8);
    }
    return at + 8;
  }

  private int putExtension(byte[] out, int at, long type, byte[] content, int after)
      throws ImageException {
    int end = at + 8 + padded(content.length);
    if (end + after > out.length) {
      throw tooLong();
    }
    BigEndian.putInt(out, at, type);
    BigEndian.putInt(out, at + 4, content.length);
    System.arraycopy(content, 0, out, at + 8, content.length);
    return end;
  }

  private void putBackingName(byte[] out, int at) throws ImageException {
    if (options.backingFile() == null) {
      return;
    }
    byte[] name = utf8(options.backingFile());
    if (name.length > Qcow2Header.BACKING_NAME_BYTES_MAX || at + name.length > out.length) {
      throw tooLong();
    }
    System.arraycopy(name, 0, out, at, name.length);
    BigEndian.putLong(out, Qcow2Header.BACKING_FILE_OFFSET, at);
    BigEndian.putInt(out, Qcow2Header.BACKING_FILE_SIZE, name.length);
  }

  private ImageException tooLong() {
    return new ImageException(
        "backing file name "
            + options.backingFile()
            + ": too long for the header cluster of "
            + clusterSize);
  }

  private static byte[] featureNames() {
    int entryBytes = HeaderExtensions.FEATURE_NAME_BYTES;
    byte[] out = new byte[Features.NAMES.length * entryBytes];
    for (int i = 0; i < Features.NAMES.length; i++) {
      out[i * entryBytes] = ((Integer) Features.NAMES[i][0]).byteValue();
      out[i * entryBytes + 1] = ((Integer) Features.NAMES[i][1]).byteValue();
      byte[] name = utf8((String) Features.NAMES[i][2]);
      System.arraycopy(name, 0, out, i * entryBytes + 2, name.length);
    }
    return out;
  }

  private static int padded(int length) {
    return (length + 7) & ~7;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
