package org.culebra.linux.uring;

import org.culebra.linux.Memory;

/**
 * The completions of a ring; confined as the ring is.
 *
 * <pre>
 *   0           8      12      16
 *   +-----------+------+-------+
 *   | user_data |  res | flags |   struct io_uring_cqe
 *   +-----------+------+-------+
 * </pre>
 */
public final class CompletionQueue {
  static final int CQE_BYTES = 16;
  static final int USER_DATA_OFFSET = 0;
  static final int RESULT_OFFSET = 8;
  static final int FLAGS_OFFSET = 12;
  static final int SQ_CQ_OVERFLOW = 1 << 1;

  private final int fd;
  private final int entries;
  private final int mask;
  private final long headAddress;
  private final long tailAddress;
  private final long sqFlagsAddress;
  private final long cqesAddress;
  private int head;

  CompletionQueue(RingMemory memory) {
    fd = memory.fd;
    entries = memory.cqEntries;
    mask = entries - 1;
    headAddress = memory.cqHeadAddress;
    tailAddress = memory.cqTailAddress;
    sqFlagsAddress = memory.sqFlagsAddress;
    cqesAddress = memory.cqesAddress;
    assert Integer.bitCount(entries) == 1 : entries;
  }

  /** Returns how many completions can wait before the kernel has to keep some back. */
  public int entries() {
    return entries;
  }

  /** Says whether no completion waits. */
  public boolean isEmpty() {
    return peek() == 0;
  }

  /**
   * Returns how many completions wait; makes no system call, but one when all were consumed and the
   * kernel had kept some back.
   */
  public int peek() {
    int available = tailAcquire() - head;
    if (available == 0 && (Memory.getIntAcquire(sqFlagsAddress) & SQ_CQ_OVERFLOW) != 0) {
      UringCalls.enter(fd, 0, 0, Ring.ENTER_GETEVENTS, 0, 0);
      available = tailAcquire() - head;
    }
    return available;
  }

  private int tailAcquire() {
    // pairs with the kernel's release of the tail: the entries before it are filled
    return Memory.getIntAcquire(tailAddress);
  }

  /**
   * Returns what the request was tagged with.
   *
   * @param index from 0, below what {@link #peek} returned
   */
  public long userData(int index) {
    return Memory.getLong(cqe(index) + USER_DATA_OFFSET);
  }

  /** Returns the result of a request: a count or {@code -errno}. */
  public int result(int index) {
    return Memory.getInt(cqe(index) + RESULT_OFFSET);
  }

  /** Returns the flags of a completion (IORING_CQE_F_*). */
  public int flags(int index) {
    return Memory.getInt(cqe(index) + FLAGS_OFFSET);
  }

  private long cqe(int index) {
    assert index >= 0 && index < entries : index;
    return cqesAddress + (long) ((head + index) & mask) * CQE_BYTES;
  }

  /** Consumes the first completions; their entries are the kernel's again. */
  public void advance(int count) {
    assert count >= 0 && count <= tailAcquire() - head : count;
    head += count;
    // pairs with the kernel's acquire of the head: we have read the entries before it
    Memory.putIntRelease(headAddress, head);
  }
}
