package org.culebra.vhostuser;

import java.nio.ByteOrder;

/**
 * The header before each message's payload (vhost-user: Header).
 *
 * <pre>
 *   0         4         8         12
 *   +---------+---------+---------+----------+
 *   | request |  flags  |  size   | payload  |
 *   +---------+---------+---------+----------+
 * </pre>
 */
public final class MessageHeader {
  /** Bytes of a header. */
  public static final int BYTES = 12;

  /** Offset of the 32-bit type of the request. */
  public static final int REQUEST = 0;

  /** Offset of the 32-bit flags. */
  public static final int FLAGS = 4;

  /** Offset of the 32-bit size of the payload, in bytes. */
  public static final int SIZE = 8;

  /** The lower 2 bits of the flags hold the version. */
  public static final int VERSION_MASK = 0x3;

  /** The only version there is. */
  public static final int VERSION = 0x1;

  /** Flag of a reply. */
  public static final int REPLY = 0x4;

  /** Flag of a request whose outcome the sender wants to know. */
  public static final int NEED_REPLY = 0x8;

  /** The flags of a reply, exactly: QEMU rejects any others, a copied NEED_REPLY too. */
  public static final int REPLY_FLAGS = VERSION | REPLY;

  static {
    assert ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN : "messages are in native byte order";
  }

  private MessageHeader() {}
}
