package org.culebra.storage.nbd;

/** What an export can do (NBD: Transmission flags). */
public final class TransmissionFlags {
  /** NBD_FLAG_HAS_FLAGS, which is always set. */
  public static final int HAS_FLAGS = 1;

  /** NBD_FLAG_READ_ONLY. */
  public static final int READ_ONLY = 1 << 1;

  /** NBD_FLAG_SEND_FLUSH. */
  public static final int SEND_FLUSH = 1 << 2;

  /** NBD_FLAG_SEND_FUA. */
  public static final int SEND_FUA = 1 << 3;

  /** NBD_FLAG_SEND_TRIM. */
  public static final int SEND_TRIM = 1 << 5;

  /** NBD_FLAG_SEND_WRITE_ZEROES. */
  public static final int SEND_WRITE_ZEROES = 1 << 6;

  /** NBD_FLAG_SEND_DF. */
  public static final int SEND_DF = 1 << 7;

  /** NBD_FLAG_CAN_MULTI_CONN. */
  public static final int CAN_MULTI_CONN = 1 << 8;

  /** NBD_FLAG_SEND_FAST_ZERO. */
  public static final int SEND_FAST_ZERO = 1 << 11;

  private TransmissionFlags() {}
}
