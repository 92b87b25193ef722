package org.culebra.storage.nbd;

/**
 * The fixed part of a request (NBD: Request message).
 *
 * <pre>
 *   0       4       6       8               16              24      28
 *   +-------+-------+-------+---------------+---------------+-------+
 *   | magic | flags | type  |    cookie     |    offset     | length|  WRITE: payload follows
 *   +-------+-------+-------+---------------+---------------+-------+
 * </pre>
 */
public final class RequestHeader {
  /** Bytes of it. */
  public static final int BYTES = 28;

  /** NBD_REQUEST_MAGIC. */
  public static final int MAGIC = 0x25609513;

  private static final int FLAGS = 4;
  private static final int TYPE = 6;
  private static final int COOKIE = 8;
  private static final int OFFSET = 16;
  private static final int LENGTH = 24;

  private RequestHeader() {}

  /** Stores magic, flags, type and cookie. */
  public static void encode(long address, int flags, int type, long cookie) {
    BigEndian.putInt(address, MAGIC);
    BigEndian.putShort(address + FLAGS, flags);
    BigEndian.putShort(address + TYPE, type);
    BigEndian.putLong(address + COOKIE, cookie);
  }

  /** Stores offset and length; the length is below 2^32. */
  public static void range(long address, long offsetBytes, long lengthBytes) {
    assert lengthBytes >>> 32 == 0;
    BigEndian.putLong(address + OFFSET, offsetBytes);
    BigEndian.putInt(address + LENGTH, (int) lengthBytes);
  }

  /** Returns the magic. */
  public static int magic(long address) {
    return BigEndian.getInt(address);
  }

  /** Returns the command flags. */
  public static int flags(long address) {
    return BigEndian.getShort(address + FLAGS);
  }

  /** Returns the type, one of {@link Command}'s or not. */
  public static int type(long address) {
    return BigEndian.getShort(address + TYPE);
  }

  /** Returns the cookie. */
  public static long cookie(long address) {
    return BigEndian.getLong(address + COOKIE);
  }

  /** Returns the offset, which is unsigned. */
  public static long offsetBytes(long address) {
    return BigEndian.getLong(address + OFFSET);
  }

  /** Returns the length. */
  public static long lengthBytes(long address) {
    return Integer.toUnsignedLong(BigEndian.getInt(address + LENGTH));
  }
}
