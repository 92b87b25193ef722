package org.culebra.storage.nbd;

/**
 * The fixed part of a simple reply (NBD: Simple reply message).
 *
 * <pre>
 *   0       4       8               16
 *   +-------+-------+---------------+
 *   | magic | error |    cookie     |  READ without error: payload follows
 *   +-------+-------+---------------+
 * </pre>
 */
public final class SimpleReply {
  /** Bytes of it. */
  public static final int BYTES = 16;

  /** NBD_SIMPLE_REPLY_MAGIC. */
  public static final int MAGIC = 0x67446698;

  private static final int ERROR = 4;
  private static final int COOKIE = 8;

  private SimpleReply() {}

  /** Stores all of it. */
  public static void encode(long address, int error, long cookie) {
    BigEndian.putInt(address, MAGIC);
    BigEndian.putInt(address + ERROR, error);
    BigEndian.putLong(address + COOKIE, cookie);
  }

  /** Returns the magic, which tells this message from {@link ReplyChunk}. */
  public static int magic(long address) {
    return BigEndian.getInt(address);
  }

  /** Returns the error, an {@link NbdError}. */
  public static int error(long address) {
    return BigEndian.getInt(address + ERROR);
  }

  /** Returns the cookie. */
  public static long cookie(long address) {
    return BigEndian.getLong(address + COOKIE);
  }
}
