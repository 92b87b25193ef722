package org.culebra.virtio.blk;

/** The types of requests (virtio 1.3 §5.2.6). */
public final class BlkRequestType {
  /** Read sectors. */
  public static final int IN = 0;

  /** Write sectors. */
  public static final int OUT = 1;

  /** Make completed writes durable. */
  public static final int FLUSH = 4;

  /** Legacy synonym of {@link #FLUSH} (§5.2.6.3); decodes to it. */
  public static final int FLUSH_OUT = 5;

  /** Fetch the device ID string. */
  public static final int GET_ID = 8;

  /** Fetch lifetime metrics. */
  public static final int GET_LIFETIME = 10;

  /** Give sectors up. */
  public static final int DISCARD = 11;

  /** Set sectors to zeroes. */
  public static final int WRITE_ZEROES = 13;

  /** Erase sectors beyond recovery. */
  public static final int SECURE_ERASE = 14;

  private BlkRequestType() {}

  /** Returns a type's name, or {@code type N}. */
  public static String name(int type) {
    return switch (type) {
      case IN -> "IN";
      case OUT -> "OUT";
      case FLUSH -> "FLUSH";
      case FLUSH_OUT -> "FLUSH_OUT";
      case GET_ID -> "GET_ID";
      case GET_LIFETIME -> "GET_LIFETIME";
      case DISCARD -> "DISCARD";
      case WRITE_ZEROES -> "WRITE_ZEROES";
      case SECURE_ERASE -> "SECURE_ERASE";
      default -> "type " + Integer.toUnsignedString(type);
    };
  }
}
