package org.culebra.image.qcow2;

import org.culebra.image.ImageException;

/**
 * What a new qcow2 image is to be.
 *
 * @param sizeBytes the disk's size; rounded up to 512
 * @param version 2 or 3
 * @param clusterSize a power of two from 512 to 2 MiB
 * @param refcountBits a power of two from 1 to 64; 16 in version 2
 * @param lazyRefcounts whether refcounts may be written late; version 3
 * @param preallocation what is allocated at once
 * @param backingFile the name that is stored, or null
 * @param backingFormat the name of its format that is stored, or null
 */
public record Qcow2CreateOptions(
    long sizeBytes,
    int version,
    long clusterSize,
    int refcountBits,
    boolean lazyRefcounts,
    Preallocation preallocation,
    String backingFile,
    String backingFormat) {
  /** What of a new image is allocated at once. */
  public enum Preallocation {
    /** Nothing. */
    OFF,
    /** All tables; the data is a hole in the file. */
    METADATA,
    /** All tables, and room in the file system for the data. */
    FALLOC,
    /** All tables, and the data is written with zeroes. */
    FULL
  }

  private static final long CLUSTER_MIN = 512;
  private static final long CLUSTER_MAX = 2 << 20;
  private static final int REFCOUNT_BITS_MAX = 64;

  /** Returns those of an image of version 3, 64 KiB clusters, nothing preallocated, no backing. */
  public static Qcow2CreateOptions of(long sizeBytes) {
    return new Qcow2CreateOptions(sizeBytes, 3, 65536, 16, false, Preallocation.OFF, null, null);
  }

  /**
   * Checks the rules that the values must keep.
   *
   * @throws ImageException with the value and the rule it breaks
   */
  public void check() throws ImageException {
    require(sizeBytes >= 0 && sizeBytes < Long.MAX_VALUE - 512, "size " + sizeBytes, "too large");
    require(version == 2 || version == 3, "version " + version, "must be 2 or 3");
    require(
        Long.bitCount(clusterSize) == 1 && clusterSize >= CLUSTER_MIN && clusterSize <= CLUSTER_MAX,
        "cluster_size " + clusterSize,
        "must be a power of two between 512 and 2097152 (2M)");
    require(
        Integer.bitCount(refcountBits) == 1
            && refcountBits > 0
            && refcountBits <= REFCOUNT_BITS_MAX,
        "refcount_bits " + refcountBits,
        "must be a power of two and at most 64");
    require(
        version == 3 || refcountBits == 16,
        "refcount_bits " + refcountBits,
        "widths other than 16 need compat 1.1 or above");
    require(version == 3 || !lazyRefcounts, "lazy_refcounts on", "needs compat 1.1 or above");
    require(
        backingFile == null || preallocation == Preallocation.OFF,
        "preallocation " + preallocation.name().toLowerCase(java.util.Locale.ROOT),
        "can't be used together with a backing file");
    require(
        backingFormat == null || backingFile != null,
        "backing_fmt " + backingFormat,
        "needs a backing file");
    new Qcow2Layout(this).header();
  }

  private static void require(boolean holds, String value, String rule) throws ImageException {
    if (!holds) {
      throw new ImageException(value + ": " + rule);
    }
  }
}
