package org.culebra.linux.uring;

import org.culebra.linux.Memory;

/** The requests of a ring; confined as the ring is. */
public final class SubmissionQueue {
  private final int entries;
  private final int mask;
  private final long headAddress;
  private final long tailAddress;
  private final long sqesAddress;
  private final Sqe sqe = new Sqe();
  private int head;
  private int tail;

  SubmissionQueue(RingMemory memory) {
    entries = memory.sqEntries;
    mask = entries - 1;
    headAddress = memory.sqHeadAddress;
    tailAddress = memory.sqTailAddress;
    sqesAddress = memory.sqesAddress;
    assert Integer.bitCount(entries) == 1 : entries;
  }

  /** Returns how many entries can be pending. */
  public int entries() {
    return entries;
  }

  /**
   * Takes the next entry, which is pending from now on and so must be filled.
   *
   * @return the entry, zeroed, always the same object; null when all are pending
   */
  public Sqe next() {
    if (tail - head == entries) {
      head = headAcquire();
      if (tail - head == entries) {
        return null;
      }
    }
    sqe.wrap(sqesAddress + (long) (tail & mask) * Sqe.SQE_BYTES);
    tail++;
    return sqe;
  }

  /** Returns how many entries the kernel hasn't taken. */
  public int pending() {
    head = headAcquire();
    return tail - head;
  }

  /** Shows the kernel all entries, and returns how many it hasn't taken. */
  int publishRelease() {
    // pairs with the kernel's acquire of the tail: the entries are filled
    Memory.putIntRelease(tailAddress, tail);
    return pending();
  }

  private int headAcquire() {
    // pairs with the kernel's release of the head: it has read the entries before it
    return Memory.getIntAcquire(headAddress);
  }
}
