package org.culebra.storage.nbd;

/**
 * A chunk of a structured reply (NBD: Structured reply chunk message, Structured reply types).
 *
 * <pre>
 *   0       4       6       8               16      20
 *   +-------+-------+-------+---------------+-------+
 *   | magic | flags | type  |    cookie     | length|
 *   +-------+-------+-------+---------------+-------+
 *                                                   20              28
 *                                                   +---------------+
 *                                      OFFSET_DATA  |    offset     | data ...
 *                                                   +---------------+-------+ 32
 *                                      OFFSET_HOLE  |    offset     | size  |
 *                                                   +-------+---+---+-------+
 *                                      ERROR        | error |len| message ...
 *                                                   +-------+---+
 *                                      ERROR_OFFSET as ERROR, then 8 bytes: offset
 * </pre>
 */
public final class ReplyChunk {
  /** Bytes of the part that every chunk has. */
  public static final int BYTES = 20;

  /** NBD_STRUCTURED_REPLY_MAGIC. */
  public static final int MAGIC = 0x668e33ef;

  /** NBD_REPLY_FLAG_DONE. */
  public static final int DONE = 1;

  /** NBD_REPLY_TYPE_NONE. */
  public static final int NONE = 0;

  /** NBD_REPLY_TYPE_OFFSET_DATA. */
  public static final int OFFSET_DATA = 1;

  /** NBD_REPLY_TYPE_OFFSET_HOLE. */
  public static final int OFFSET_HOLE = 2;

  /** The bit that all error types have. */
  public static final int ERROR_BIT = 1 << 15;

  /** NBD_REPLY_TYPE_ERROR. */
  public static final int ERROR = ERROR_BIT | 1;

  /** NBD_REPLY_TYPE_ERROR_OFFSET. */
  public static final int ERROR_OFFSET = ERROR_BIT | 2;

  /** Payload bytes before the data of OFFSET_DATA. */
  public static final int DATA_OFFSET_BYTES = 8;

  /** Bytes of an OFFSET_DATA chunk before its data. */
  public static final int DATA_HEADER_BYTES = BYTES + DATA_OFFSET_BYTES;

  /** Payload bytes of OFFSET_HOLE. */
  public static final int HOLE_BYTES = 12;

  /** Payload bytes of an error type before its message. */
  public static final int ERROR_BYTES = 6;

  private static final int FLAGS = 4;
  private static final int TYPE = 6;
  private static final int COOKIE = 8;
  private static final int LENGTH = 16;
  private static final int HOLE_SIZE = BYTES + 8;
  private static final int MESSAGE_LENGTH = BYTES + 4;

  private ReplyChunk() {}

  /** Stores the part that every chunk has. */
  public static void encode(long address, int flags, int type, long cookie, long lengthBytes) {
    BigEndian.putInt(address, MAGIC);
    BigEndian.putShort(address + FLAGS, flags);
    BigEndian.putShort(address + TYPE, type);
    BigEndian.putLong(address + COOKIE, cookie);
    BigEndian.putInt(address + LENGTH, (int) lengthBytes);
  }

  /** Stores the offset of OFFSET_DATA or OFFSET_HOLE. */
  public static void contentOffset(long address, long offsetBytes) {
    BigEndian.putLong(address + BYTES, offsetBytes);
  }

  /** Stores the size of OFFSET_HOLE. */
  public static void holeBytes(long address, long holeBytes) {
    BigEndian.putInt(address + HOLE_SIZE, (int) holeBytes);
  }

  /** Stores the error of an error type, without a message. */
  public static void error(long address, int error) {
    BigEndian.putInt(address + BYTES, error);
    BigEndian.putShort(address + MESSAGE_LENGTH, 0);
  }

  /** Returns the flags. */
  public static int flags(long address) {
    return BigEndian.getShort(address + FLAGS);
  }

  /** Returns the type. */
  public static int type(long address) {
    return BigEndian.getShort(address + TYPE);
  }

  /** Returns the cookie. */
  public static long cookie(long address) {
    return BigEndian.getLong(address + COOKIE);
  }

  /** Returns the length of the payload. */
  public static long lengthBytes(long address) {
    return Integer.toUnsignedLong(BigEndian.getInt(address + LENGTH));
  }

  /** Returns the offset of OFFSET_DATA or OFFSET_HOLE, which is unsigned. */
  public static long contentOffset(long address) {
    return BigEndian.getLong(address + BYTES);
  }

  /** Returns the size of OFFSET_HOLE. */
  public static long holeBytes(long address) {
    return Integer.toUnsignedLong(BigEndian.getInt(address + HOLE_SIZE));
  }

  /** Returns the error of an error type, an {@link NbdError}. */
  public static int error(long address) {
    return BigEndian.getInt(address + BYTES);
  }

  /** Returns the length of an error type's message. */
  public static int messageBytes(long address) {
    return BigEndian.getShort(address + MESSAGE_LENGTH);
  }

  /** Returns the offset of ERROR_OFFSET, which is unsigned; it comes after the message. */
  public static long errorOffset(long address) {
    return BigEndian.getLong(address + BYTES + ERROR_BYTES + messageBytes(address));
  }
}
