package org.culebra.image.qcow2;

/** Feature bits of a version 3 header (qcow2: Header). */
final class Features {
  /** Incompatible: refcounts may be wrong. */
  static final long DIRTY = 1;

  /** Incompatible: the image must not be written to. */
  static final long CORRUPT = 1 << 1;

  /** Incompatible: guest clusters stand in another file. */
  static final long EXTERNAL_DATA_FILE = 1 << 2;

  /** Incompatible: compressed clusters aren't deflate. */
  static final long COMPRESSION_TYPE = 1 << 3;

  /** Incompatible: 128-bit L2 entries with subclusters. */
  static final long EXTENDED_L2 = 1 << 4;

  /** Compatible: refcounts may be written late. */
  static final long LAZY_REFCOUNTS = 1;

  /** Autoclear: the bitmaps extension is consistent. */
  static final long BITMAPS = 1;

  /** Types of the feature name table. */
  static final int TYPE_INCOMPATIBLE = 0;

  static final int TYPE_COMPATIBLE = 1;
  static final int TYPE_AUTOCLEAR = 2;

  /** The table that a new image gets: type, bit, name. */
  static final Object[][] NAMES = {
    {TYPE_INCOMPATIBLE, 0, "dirty bit"},
    {TYPE_INCOMPATIBLE, 1, "corrupt bit"},
    {TYPE_INCOMPATIBLE, 2, "external data file"},
    {TYPE_INCOMPATIBLE, 3, "compression type"},
    {TYPE_INCOMPATIBLE, 4, "extended L2 entries"},
    {TYPE_COMPATIBLE, 0, "lazy refcounts"},
    {TYPE_AUTOCLEAR, 0, "bitmaps"},
    {TYPE_AUTOCLEAR, 1, "raw external data"},
  };

  private Features() {}
}
