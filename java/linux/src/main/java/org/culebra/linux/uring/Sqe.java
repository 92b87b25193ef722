package org.culebra.linux.uring;

import org.culebra.linux.Memory;

/**
 * A flyweight over one request of a ring.
 *
 * <pre>
 *   0      1     2      4    8     16     24    28       32          40        64
 *   +------+-----+------+----+-----+------+-----+--------+-----------+---------+
 *   |opcode|flags|ioprio| fd | off | addr | len |rw_flags| user_data |buf_index|  struct io_uring_sqe
 *   +------+-----+------+----+-----+------+-----+--------+-----------+---------+
 * </pre>
 *
 * <p>Memory and structures that it points at stay as they are until the request has completed;
 * iovecs and messages until it was submitted.
 */
public final class Sqe {
  /** The fd is the index of a registered file. */
  public static final int IOSQE_FIXED_FILE = 1;

  /** Starts when all earlier requests have completed; later ones wait for it. */
  public static final int IOSQE_IO_DRAIN = 1 << 1;

  /** The next request starts when this one has succeeded, and is cancelled when it hasn't. */
  public static final int IOSQE_IO_LINK = 1 << 2;

  /** The next request starts when this one has completed, however. */
  public static final int IOSQE_IO_HARDLINK = 1 << 3;

  /** Never tried in the submitter's thread. */
  public static final int IOSQE_ASYNC = 1 << 4;

  static final int SQE_BYTES = 64;
  static final int OPCODE_OFFSET = 0;
  static final int FLAGS_OFFSET = 1;
  static final int FD_OFFSET = 4;
  static final int OFF_OFFSET = 8;
  static final int ADDR_OFFSET = 16;
  static final int LEN_OFFSET = 24;
  static final int RW_FLAGS_OFFSET = 28;
  static final int USER_DATA_OFFSET = 32;
  static final int BUF_INDEX_OFFSET = 40;

  static final int OP_NOP = 0;
  static final int OP_READV = 1;
  static final int OP_WRITEV = 2;
  static final int OP_FSYNC = 3;
  static final int OP_READ_FIXED = 4;
  static final int OP_WRITE_FIXED = 5;
  static final int OP_POLL_ADD = 6;
  static final int OP_SENDMSG = 9;
  static final int OP_RECVMSG = 10;
  static final int OP_TIMEOUT = 11;
  static final int OP_ASYNC_CANCEL = 14;
  static final int OP_FALLOCATE = 17;
  static final int OP_READ = 22;
  static final int OP_WRITE = 23;
  static final int OP_SEND = 26;
  static final int OP_RECV = 27;
  static final int FSYNC_DATASYNC = 1;
  static final int MSG_NOSIGNAL = 0x4000;
  private static final int NO_FILE = -1;

  private long address;

  Sqe() {}

  void wrap(long sqeAddress) {
    address = sqeAddress;
    for (int offset = 0; offset < SQE_BYTES; offset += Long.BYTES) {
      Memory.putLong(sqeAddress + offset, 0);
    }
  }

  private Sqe put(int opcode, int fd, long offset, long addr, int length) {
    Memory.putByte(address + OPCODE_OFFSET, (byte) opcode);
    Memory.putInt(address + FD_OFFSET, fd);
    Memory.putLong(address + OFF_OFFSET, offset);
    Memory.putLong(address + ADDR_OFFSET, addr);
    Memory.putInt(address + LEN_OFFSET, length);
    return this;
  }

  /** Does nothing, and completes with 0. */
  public Sqe nop() {
    return put(OP_NOP, NO_FILE, 0, 0, 0);
  }

  /** Reads into scattered memory. */
  public Sqe readv(int fd, long iovecAddress, int iovecCount, long offsetBytes) {
    return put(OP_READV, fd, offsetBytes, iovecAddress, iovecCount);
  }

  /** Writes scattered memory. */
  public Sqe writev(int fd, long iovecAddress, int iovecCount, long offsetBytes) {
    return put(OP_WRITEV, fd, offsetBytes, iovecAddress, iovecCount);
  }

  /** Reads into one piece of memory. */
  public Sqe read(int fd, long toAddress, int lengthBytes, long offsetBytes) {
    return put(OP_READ, fd, offsetBytes, toAddress, lengthBytes);
  }

  /** Writes one piece of memory. */
  public Sqe write(int fd, long fromAddress, int lengthBytes, long offsetBytes) {
    return put(OP_WRITE, fd, offsetBytes, fromAddress, lengthBytes);
  }

  /** Reads into a part of registered memory. */
  public Sqe readFixed(int fd, long toAddress, int lengthBytes, long offsetBytes, int buffer) {
    Memory.putShort(address + BUF_INDEX_OFFSET, buffer);
    return put(OP_READ_FIXED, fd, offsetBytes, toAddress, lengthBytes);
  }

  /** Writes a part of registered memory. */
  public Sqe writeFixed(int fd, long fromAddress, int lengthBytes, long offsetBytes, int buffer) {
    Memory.putShort(address + BUF_INDEX_OFFSET, buffer);
    return put(OP_WRITE_FIXED, fd, offsetBytes, fromAddress, lengthBytes);
  }

  /**
   * Makes all writes durable that have completed; dataSync: but no more of the inode than needed.
   */
  public Sqe fsync(int fd, boolean dataSync) {
    return put(OP_FSYNC, fd, 0, 0, 0).rwFlags(dataSync ? FSYNC_DATASYNC : 0);
  }

  /** Allocates, frees or zeroes blocks; mode: {@code FALLOC_FL_*} of {@code Files}. */
  public Sqe fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
    return put(OP_FALLOCATE, fd, offsetBytes, lengthBytes, mode);
  }

  /** Completes once, with the events that came: {@code IN} and so on of {@code Epoll}. */
  public Sqe pollAdd(int fd, int events) {
    return put(OP_POLL_ADD, fd, 0, 0, 0).rwFlags(events);
  }

  /**
   * Cancels the request with this tag: 0, -ENOENT, or -EALREADY when it can't be stopped any more.
   */
  public Sqe asyncCancel(long userData) {
    return put(OP_ASYNC_CANCEL, NO_FILE, 0, userData, 0);
  }

  /**
   * Completes with -ETIME after a time.
   *
   * @param timespecAddress seconds and nanoseconds, 64 bits each
   * @param completions or with 0 after so many completions; 0: only after the time
   */
  public Sqe timeout(long timespecAddress, int completions) {
    return put(OP_TIMEOUT, NO_FILE, completions, timespecAddress, 1);
  }

  /** Sends a message; see {@link SocketMessage}. */
  public Sqe sendmsg(int fd, long messageAddress, int messageFlags) {
    return put(OP_SENDMSG, fd, 0, messageAddress, 1).rwFlags(messageFlags | MSG_NOSIGNAL);
  }

  /** Receives a message; see {@link SocketMessage}. */
  public Sqe recvmsg(int fd, long messageAddress, int messageFlags) {
    return put(OP_RECVMSG, fd, 0, messageAddress, 1).rwFlags(messageFlags);
  }

  /** Sends one piece of memory. */
  public Sqe send(int fd, long fromAddress, int lengthBytes, int messageFlags) {
    return put(OP_SEND, fd, 0, fromAddress, lengthBytes).rwFlags(messageFlags | MSG_NOSIGNAL);
  }

  /** Receives into one piece of memory. */
  public Sqe recv(int fd, long toAddress, int lengthBytes, int messageFlags) {
    return put(OP_RECV, fd, 0, toAddress, lengthBytes).rwFlags(messageFlags);
  }

  /** Sets {@link #IOSQE_FIXED_FILE} and so on; after the operation. */
  public Sqe flags(int flags) {
    Memory.putByte(address + FLAGS_OFFSET, (byte) flags);
    return this;
  }

  /** Sets {@code RWF_*} of {@code Files}; after the operation. */
  public Sqe rwFlags(int flags) {
    Memory.putInt(address + RW_FLAGS_OFFSET, flags);
    return this;
  }

  /** Sets the tag that the completion will have. */
  public Sqe userData(long userData) {
    Memory.putLong(address + USER_DATA_OFFSET, userData);
    return this;
  }
}
