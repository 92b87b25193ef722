package org.culebra.image.qcow2;

import java.nio.charset.StandardCharsets;
import org.culebra.image.ImageException;

/**
 * The header of an image, checked field by field (qcow2: Header). Immutable but for what changes
 * while an image is written: feature bits, and where the refcount table is.
 *
 * <pre>
 *   0 magic        4 version      8 backing_file_offset     16 backing_file_size 20 cluster_bits
 *  24 size        32 crypt_method 36 l1_size                40 l1_table_offset
 *  48 refcount_table_offset       56 refcount_table_clusters 60 nb_snapshots
 *  64 snapshots_offset
 *  72 incompatible_features       80 compatible_features    88 autoclear_features
 *  96 refcount_order             100 header_length         104 compression_type
 * </pre>
 */
final class Qcow2Header {
  static final long MAGIC = 0x514649fbL;
  static final int V2_BYTES = 72;
  static final int V3_BYTES = 104;
  static final int CLUSTER_BITS_MIN = 9;
  static final int CLUSTER_BITS_MAX = 21;
  static final int BACKING_NAME_BYTES_MAX = 1023;

  static final int VERSION = 4;
  static final int BACKING_FILE_OFFSET = 8;
  static final int BACKING_FILE_SIZE = 16;
  static final int CLUSTER_BITS = 20;
  static final int SIZE = 24;
  static final int CRYPT_METHOD = 32;
  static final int L1_SIZE = 36;
  static final int L1_TABLE_OFFSET = 40;
  static final int REFCOUNT_TABLE_OFFSET = 48;
  static final int REFCOUNT_TABLE_CLUSTERS = 56;
  static final int NB_SNAPSHOTS = 60;
  static final int SNAPSHOTS_OFFSET = 64;
  static final int INCOMPATIBLE_FEATURES = 72;
  static final int COMPATIBLE_FEATURES = 80;
  static final int AUTOCLEAR_FEATURES = 88;
  static final int REFCOUNT_ORDER = 96;
  static final int HEADER_LENGTH = 100;
  static final int COMPRESSION_TYPE = 104;

  int version;
  long backingFileOffset;
  long backingFileSize;
  int clusterBits;
  long sizeBytes;
  long cryptMethod;
  long l1Size;
  long l1TableOffset;
  long refcountTableOffset;
  long refcountTableClusters;
  long snapshotCount;
  long snapshotsOffset;
  long incompatibleFeatures;
  long compatibleFeatures;
  long autoclearFeatures;
  int refcountOrder;
  long headerLength;
  int compressionType;
  HeaderExtensions extensions = new HeaderExtensions();
  String backingFile;

  private Qcow2Header() {}

  /** Returns whether bytes at the beginning of a file are a qcow2 header's. */
  static boolean hasMagic(byte[] bytes) {
    return bytes.length >= 4 && BigEndian.getInt(bytes, 0) == MAGIC;
  }

  /** Returns cluster_bits, once it is known that the file begins with a header that has them. */
  static int clusterBits(byte[] first) throws ImageException {
    if (first.length < V2_BYTES) {
      throw new ImageException(
          "file has " + first.length + " bytes: a header has at least " + V2_BYTES);
    }
    long magic = BigEndian.getInt(first, 0);
    if (magic != MAGIC) {
      throw new ImageException(String.format("magic 0x%08x: must be 0x%08x", magic, MAGIC));
    }
    long bits = BigEndian.getInt(first, CLUSTER_BITS);
    if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX) {
      throw new ImageException(
          "cluster_bits "
              + bits
              + ": must be "
              + CLUSTER_BITS_MIN
              + " to "
              + CLUSTER_BITS_MAX
              + " (512 bytes to 2 MiB)");
    }
    return (int) bits;
  }

  /**
   * Reads and checks a header.
   *
   * @param cluster the first cluster, or as much of it as the file has
   * @param fileBytes the size of the file
   * @throws ImageException with the value and the rule it breaks
   */
  static Qcow2Header parse(byte[] cluster, long fileBytes) throws ImageException {
    Qcow2Header header = new Qcow2Header();
    header.clusterBits = clusterBits(cluster);
    header.readFields(cluster);
    HeaderRules rules = new HeaderRules(header, fileBytes);
    rules.checkVersionAndFeatures(cluster);
    rules.checkBackingName(cluster.length);
    int end = header.backingFileOffset == 0 ? cluster.length : (int) header.backingFileOffset;
    header.extensions = HeaderExtensions.parse(cluster, (int) header.headerLength, end);
    rules.checkIncompatibleFeatures();
    rules.checkTables();
    if (header.backingFileOffset != 0) {
      header.backingFile =
          new String(
              cluster,
              (int) header.backingFileOffset,
              (int) header.backingFileSize,
              StandardCharsets.UTF_8);
    }
    return header;
  }

  private void readFields(byte[] b) {
    version = (int) BigEndian.getInt(b, VERSION);
    backingFileOffset = BigEndian.getLong(b, BACKING_FILE_OFFSET);
    backingFileSize = BigEndian.getInt(b, BACKING_FILE_SIZE);
    sizeBytes = BigEndian.getLong(b, SIZE);
    cryptMethod = BigEndian.getInt(b, CRYPT_METHOD);
    l1Size = BigEndian.getInt(b, L1_SIZE);
    l1TableOffset = BigEndian.getLong(b, L1_TABLE_OFFSET);
    refcountTableOffset = BigEndian.getLong(b, REFCOUNT_TABLE_OFFSET);
    refcountTableClusters = BigEndian.getInt(b, REFCOUNT_TABLE_CLUSTERS);
    snapshotCount = BigEndian.getInt(b, NB_SNAPSHOTS);
    snapshotsOffset = BigEndian.getLong(b, SNAPSHOTS_OFFSET);
    refcountOrder = 4;
    headerLength = V2_BYTES;
    if (version >= 3 && b.length >= V3_BYTES) {
      incompatibleFeatures = BigEndian.getLong(b, INCOMPATIBLE_FEATURES);
      compatibleFeatures = BigEndian.getLong(b, COMPATIBLE_FEATURES);
      autoclearFeatures = BigEndian.getLong(b, AUTOCLEAR_FEATURES);
      refcountOrder = (int) Math.min(BigEndian.getInt(b, REFCOUNT_ORDER), Integer.MAX_VALUE);
      headerLength = BigEndian.getInt(b, HEADER_LENGTH);
      if (headerLength > COMPRESSION_TYPE && b.length > COMPRESSION_TYPE) {
        compressionType = b[COMPRESSION_TYPE] & 0xff;
      }
    }
  }

  /** Puts the fields that change while an image is written into a copy of the header's bytes. */
  void patch(long address) {
    BigEndian.putLong(address + REFCOUNT_TABLE_OFFSET, refcountTableOffset);
    BigEndian.putInt(address + REFCOUNT_TABLE_CLUSTERS, refcountTableClusters);
    if (version >= 3) {
      BigEndian.putLong(address + INCOMPATIBLE_FEATURES, incompatibleFeatures);
      BigEndian.putLong(address + AUTOCLEAR_FEATURES, autoclearFeatures);
    }
  }

  boolean isDirty() {
    return (incompatibleFeatures & Features.DIRTY) != 0;
  }

  boolean isCorrupt() {
    return (incompatibleFeatures & Features.CORRUPT) != 0;
  }

  boolean hasLazyRefcounts() {
    return (compatibleFeatures & Features.LAZY_REFCOUNTS) != 0;
  }
}
