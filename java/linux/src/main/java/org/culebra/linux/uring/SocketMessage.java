package org.culebra.linux.uring;

import org.culebra.linux.Memory;

/**
 * What {@link Sqe#sendmsg} and {@link Sqe#recvmsg} point at.
 *
 * <pre>
 *   0      8        16    24       32       40            48      56
 *   +------+--------+-----+--------+--------+-------------+-------+
 *   | name | namelen| iov | iovlen | control| controllen  | flags |   struct msghdr
 *   +------+--------+-----+--------+--------+-------------+-------+
 * </pre>
 */
public final class SocketMessage {
  /** How much memory a message takes, aligned to 8 bytes. */
  public static final int BYTES = 56;

  /** For receiving: completes when all memory is filled, not with the first bytes. */
  public static final int MSG_WAITALL = 0x100;

  static final int IOV_OFFSET = 16;
  static final int IOVLEN_OFFSET = 24;

  private SocketMessage() {}

  /** Makes a message of scattered memory, without an address and without control data. */
  public static void put(long messageAddress, long iovecAddress, int iovecCount) {
    Memory.fill(messageAddress, BYTES, (byte) 0);
    Memory.putLong(messageAddress + IOV_OFFSET, iovecAddress);
    Memory.putLong(messageAddress + IOVLEN_OFFSET, iovecCount);
  }
}
