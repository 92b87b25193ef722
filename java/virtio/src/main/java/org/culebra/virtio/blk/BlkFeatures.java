package org.culebra.virtio.blk;

import org.culebra.virtio.FeatureBits;

/** The numbers of the block device's feature bits (virtio 1.3 §5.2.3). */
public final class BlkFeatures {
  /** Legacy: requests may be barriers. */
  public static final int BARRIER = 0;

  /** size_max is valid. */
  public static final int SIZE_MAX = 1;

  /** seg_max is valid. */
  public static final int SEG_MAX = 2;

  /** geometry is valid. */
  public static final int GEOMETRY = 4;

  /** The device is read-only. */
  public static final int RO = 5;

  /** blk_size is valid. */
  public static final int BLK_SIZE = 6;

  /** Legacy: SCSI commands. */
  public static final int SCSI = 7;

  /** FLUSH requests. */
  public static final int FLUSH = 9;

  /** topology is valid. */
  public static final int TOPOLOGY = 10;

  /** writeback can be read and written. */
  public static final int CONFIG_WCE = 11;

  /** num_queues is valid. */
  public static final int MQ = 12;

  /** DISCARD requests. */
  public static final int DISCARD = 13;

  /** WRITE_ZEROES requests. */
  public static final int WRITE_ZEROES = 14;

  /** GET_LIFETIME requests. */
  public static final int LIFETIME = 15;

  /** SECURE_ERASE requests. */
  public static final int SECURE_ERASE = 16;

  /** A zoned device. */
  public static final int ZONED = 17;

  private BlkFeatures() {}

  /** Returns a set's names, those of device-independent features with them. */
  public static String names(long features) {
    return FeatureBits.names(features, BlkFeatures::name);
  }

  private static String name(int bit) {
    return switch (bit) {
      case BARRIER -> "BARRIER";
      case SIZE_MAX -> "SIZE_MAX";
      case SEG_MAX -> "SEG_MAX";
      case GEOMETRY -> "GEOMETRY";
      case RO -> "RO";
      case BLK_SIZE -> "BLK_SIZE";
      case SCSI -> "SCSI";
      case FLUSH -> "FLUSH";
      case TOPOLOGY -> "TOPOLOGY";
      case CONFIG_WCE -> "CONFIG_WCE";
      case MQ -> "MQ";
      case DISCARD -> "DISCARD";
      case WRITE_ZEROES -> "WRITE_ZEROES";
      case LIFETIME -> "LIFETIME";
      case SECURE_ERASE -> "SECURE_ERASE";
      case ZONED -> "ZONED";
      default -> FeatureBits.name(bit);
    };
  }
}
