package org.culebra.image.qcow2;

import org.culebra.image.ImageException;

/** The rules that a header's fields must keep, each with its own message. */
final class HeaderRules {
  /** QEMU's limit of an L1 table, which ours is as well: 32 MiB. */
  private static final long L1_ENTRIES_MAX = (32 << 20) / 8;

  /** QEMU's limit of a refcount table: 8 MiB. */
  private static final long REFCOUNT_TABLE_BYTES_MAX = 8 << 20;

  private static final long SNAPSHOTS_MAX = 65536;
  private static final int REFCOUNT_ORDER_MAX = 6;
  private static final int SNAPSHOT_ENTRY_BYTES_MIN = 40;

  /** Offsets of tables have 56 bits. */
  private static final long OFFSET_END = 1L << 56;

  private final Qcow2Header header;
  private final long fileBytes;
  private final long clusterSize;

  HeaderRules(Qcow2Header header, long fileBytes) {
    this.header = header;
    this.fileBytes = fileBytes;
    clusterSize = 1L << header.clusterBits;
  }

  private static void require(boolean holds, String value, String rule) throws ImageException {
    if (!holds) {
      throw new ImageException(value + ": " + rule);
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  void checkVersionAndFeatures(byte[] cluster) throws ImageException {
    Qcow2Header h = header;
    require(h.version == 2 || h.version == 3, "version " + h.version, "must be 2 or 3");
    if (h.version == 3) {
      require(
          cluster.length >= Qcow2Header.V3_BYTES,
          "file has " + cluster.length + " bytes",
          "a version 3 header has at least " + Qcow2Header.V3_BYTES);
      String length = "header_length " + h.headerLength;
      require(
          h.headerLength >= Qcow2Header.V3_BYTES,
          length,
          "must be at least " + Qcow2Header.V3_BYTES);
      require(h.headerLength % 8 == 0, length, "must be a multiple of 8");
      require(
          h.headerLength <= clusterSize, length, "must be within the cluster of " + clusterSize);
      require(h.headerLength <= cluster.length, length, "passes the file's end, " + cluster.length);
      require(
          h.refcountOrder <= REFCOUNT_ORDER_MAX,
          "refcount_order " + h.refcountOrder,
          "must be 0 to " + REFCOUNT_ORDER_MAX + " (1 to 64 bits)");
    }
    require(h.cryptMethod != 1, "crypt_method 1", "AES encryption is not supported");
    require(h.cryptMethod != 2, "crypt_method 2", "LUKS encryption is not supported");
    require(h.cryptMethod == 0, "crypt_method " + h.cryptMethod, "must be 0, 1 or 2");
  }

  void checkIncompatibleFeatures() throws ImageException {
    long features = header.incompatibleFeatures;
    String value = "incompatible_features " + hex(features);
    require(
        (features & Features.EXTERNAL_DATA_FILE) == 0,
        value,
        "external data file is not supported");
    require(
        (features & Features.COMPRESSION_TYPE) == 0,
        value,
        "compression type " + header.compressionType + " is not supported");
    require((features & Features.EXTENDED_L2) == 0, value, "extended L2 entries are not supported");
    long known = Features.DIRTY | Features.CORRUPT;
    if ((features & ~known) != 0) {
      int bit = Long.numberOfTrailingZeros(features & ~known);
      String name = header.extensions.incompatibleNames.get(bit);
      throw new ImageException(
          value + ": bit " + bit + (name == null ? "" : " (" + name + ")") + " is not supported");
    }
    require(
        header.compressionType == 0,
        "compression_type " + header.compressionType,
        "must be 0 without the compression type bit");
  }

  void checkBackingName(int clusterBytes) throws ImageException {
    long offset = header.backingFileOffset;
    long size = header.backingFileSize;
    if (offset == 0) {
      return;
    }
    String value = "backing_file_offset " + hex(offset);
    require(
        offset >= header.headerLength && Long.compareUnsigned(offset, clusterBytes) < 0,
        value,
        "must be between the header and the end of the first cluster");
    require(
        size >= 1 && size <= Qcow2Header.BACKING_NAME_BYTES_MAX,
        "backing_file_size " + size,
        "must be 1 to " + Qcow2Header.BACKING_NAME_BYTES_MAX);
    require(
        size <= clusterBytes - offset,
        "backing_file_size " + size + " at " + hex(offset),
        "passes the end of the first cluster, " + clusterBytes);
  }

  void checkTables() throws ImageException {
    Qcow2Header h = header;
    require(h.sizeBytes >= 0, "size " + hex(h.sizeBytes), "must be below 2^63");
    int l2Bits = h.clusterBits - 3;
    long perL2Table = 1L << (h.clusterBits + l2Bits);
    long l1Needed =
        (h.sizeBytes >>> (h.clusterBits + l2Bits)) + (h.sizeBytes % perL2Table == 0 ? 0 : 1);
    String l1Size = "l1_size " + h.l1Size;
    require(h.l1Size <= L1_ENTRIES_MAX, l1Size, "must be at most " + L1_ENTRIES_MAX);
    require(h.l1Size >= l1Needed, l1Size, "a disk of " + h.sizeBytes + " bytes needs " + l1Needed);
    if (h.l1Size > 0) {
      checkTable("l1_table_offset", h.l1TableOffset, h.l1Size * 8);
    }
    String clusters = "refcount_table_clusters " + h.refcountTableClusters;
    require(h.refcountTableClusters > 0, clusters, "must be above 0");
    require(
        h.refcountTableClusters <= REFCOUNT_TABLE_BYTES_MAX >> h.clusterBits
            || h.refcountTableClusters == 1,
        clusters,
        "the table must be at most " + REFCOUNT_TABLE_BYTES_MAX + " bytes");
    checkTable("refcount_table_offset", h.refcountTableOffset, refcountTableBytes());
    require(
        h.snapshotCount <= SNAPSHOTS_MAX,
        "nb_snapshots " + h.snapshotCount,
        "must be at most " + SNAPSHOTS_MAX);
    if (h.snapshotCount > 0) {
      long bytes = h.snapshotCount * SNAPSHOT_ENTRY_BYTES_MIN;
      checkTable("snapshots_offset", h.snapshotsOffset, bytes);
      checkApart(
          "snapshots_offset", h.snapshotsOffset, bytes, "L1 table", h.l1TableOffset, h.l1Size * 8);
      checkApart(
          "snapshots_offset",
          h.snapshotsOffset,
          bytes,
          "refcount table",
          h.refcountTableOffset,
          refcountTableBytes());
    }
    checkApart(
        "l1_table_offset",
        h.l1TableOffset,
        h.l1Size * 8,
        "refcount table",
        h.refcountTableOffset,
        refcountTableBytes());
  }

  private long refcountTableBytes() {
    return header.refcountTableClusters << header.clusterBits;
  }

  private void checkTable(String field, long offset, long bytes) throws ImageException {
    String value = field + " " + hex(offset);
    require(
        (offset & (clusterSize - 1)) == 0,
        value,
        "must be a multiple of the cluster's " + clusterSize);
    require(offset != 0, value, "overlaps the header");
    require(offset > 0 && offset < OFFSET_END, value, "must be below 2^56");
    long fileEnd = (fileBytes + clusterSize - 1) & -clusterSize;
    require(
        offset + bytes <= fileEnd,
        value + ", " + bytes + " bytes",
        "passes the file's end, " + hex(fileBytes));
  }

  private void checkApart(
      String field, long offset, long bytes, String other, long otherOffset, long otherBytes)
      throws ImageException {
    boolean apart =
        bytes == 0
            || otherBytes == 0
            || offset + bytes <= otherOffset
            || otherOffset + otherBytes <= offset;
    require(apart, field + " " + hex(offset), "overlaps the " + other + " at " + hex(otherOffset));
  }
}
