package org.culebra.virtio;

import java.lang.invoke.VarHandle;
import org.culebra.linux.Memory;

/**
 * The device's side of a split virtqueue (virtio 1.3 §2.7). Confined to the thread that runs it.
 *
 * <p>Everything it reads of the guest is read once into a local and checked there. A driver that
 * breaks the rings' rules breaks the queue: nothing is fetched from it any more, and {@link
 * #brokenReason()} says why; what is in flight may still be pushed.
 *
 * <p>The fences pair with the driver's (in {@code org.culebra.virtio.driver.SplitDriver} as in any
 * other): [A] avail idx release / acquire, [B] used idx release / acquire, [C] the driver stores
 * avail idx and then reads avail_event, we store avail_event and then read avail idx, [D] we store
 * used idx and then read used_event, the driver stores used_event and then reads used idx.
 */
public final class SplitVirtqueue {
  /** What {@link #fetch} returns for a broken queue. */
  public static final int BROKEN = -1;

  /**
   * What the address of each part must be a multiple of, in bytes: the ring words' own size. A
   * driver MUST align to 16, 2 and 4 (virtio 1.3 §2.7), but libblkio's tables, from the third queue
   * on, and with them its used rings, are even and no more; their entries are read and written
   * unaligned.
   */
  public static final int RING_ALIGNMENT = 2;

  private static final int UNKNOWN = 0;
  private static final int ENABLED = 1;
  private static final int SUPPRESSED = 2;

  private final int index;
  private final int queueSize;
  private final long descriptorTableAddress;
  private final long availableRingAddress;
  private final long usedRingAddress;
  private final boolean isEventIdx;
  private final boolean isIndirectDesc;
  private int lastAvailIdx;
  private int usedIdx;
  private int publishedUsedIdx;
  private boolean signalledUsedValid;
  private int availableNotifications = UNKNOWN;
  private String brokenReason;

  /**
   * Makes a virtqueue over rings in guest memory; reads the used idx there, and writes nothing.
   *
   * <p>The used idx isn't the one given for the available ring: requests may have been in flight
   * when a former back-end stopped, and a guest that restarted begins with 0.
   *
   * @param index of the queue in its device, for messages
   * @param queueSize a power of two up to 32768
   * @param descriptorTableAddress host address, a multiple of {@link #RING_ALIGNMENT}
   * @param availableRingAddress host address, a multiple of {@link #RING_ALIGNMENT}
   * @param usedRingAddress host address, a multiple of {@link #RING_ALIGNMENT}
   * @param features negotiated ones; EVENT_IDX and INDIRECT_DESC matter here
   * @param lastAvailIdx where fetching begins, its low 16 bits
   * @throws IllegalArgumentException if the queue size or an alignment isn't as it must be
   */
  public SplitVirtqueue(
      int index,
      int queueSize,
      long descriptorTableAddress,
      long availableRingAddress,
      long usedRingAddress,
      long features,
      int lastAvailIdx) {
    if (!SplitRing.isQueueSize(queueSize)) {
      throw new IllegalArgumentException(
          "queue %d size %d: must be a power of two up to %d"
              .formatted(index, queueSize, SplitRing.QUEUE_SIZE_MAX));
    }
    checkAlignment(index, "descriptor table", descriptorTableAddress);
    checkAlignment(index, "available ring", availableRingAddress);
    checkAlignment(index, "used ring", usedRingAddress);
    this.index = index;
    this.queueSize = queueSize;
    this.descriptorTableAddress = descriptorTableAddress;
    this.availableRingAddress = availableRingAddress;
    this.usedRingAddress = usedRingAddress;
    this.isEventIdx = FeatureBits.has(features, FeatureBits.EVENT_IDX);
    this.isIndirectDesc = FeatureBits.has(features, FeatureBits.INDIRECT_DESC);
    this.lastAvailIdx = lastAvailIdx & SplitRing.IDX_MASK;
    this.usedIdx = Memory.getShortAcquire(usedRingAddress + SplitRing.RING_IDX);
    this.publishedUsedIdx = usedIdx;
  }

  /** Returns the length of the descriptor table in bytes. */
  public static long descriptorTableBytes(int queueSize) {
    return SplitRing.descriptorTableBytes(queueSize);
  }

  /** Returns the length of the available ring in bytes, with used_event if EVENT_IDX is on. */
  public static long availableRingBytes(int queueSize, boolean eventIdx) {
    return SplitRing.availableRingBytes(queueSize, eventIdx);
  }

  /** Returns the length of the used ring in bytes, with avail_event if EVENT_IDX is on. */
  public static long usedRingBytes(int queueSize, boolean eventIdx) {
    return SplitRing.usedRingBytes(queueSize, eventIdx);
  }

  /**
   * Takes the heads of chains that the driver made available (virtio 1.3 §2.7.13).
   *
   * <p>The queue breaks when the avail idx is more than the queue size ahead (a driver MUST NOT
   * decrement it, §2.7.6.1), and when a head isn't below the queue size; heads before such a one
   * are returned first.
   *
   * @param heads receives them, each below the queue size
   * @param headsMax at most this many, not above the array's length
   * @return how many, or {@link #BROKEN}
   */
  public int fetch(int[] heads, int headsMax) {
    assert headsMax <= heads.length;
    if (brokenReason != null) {
      return BROKEN;
    }
    final int queueSize = this.queueSize;
    final int lastAvailIdx = this.lastAvailIdx;
    // [A] acquire: pairs with the driver's release of avail idx in publish(), so that the heads and
    // descriptors before it are seen (virtio 1.3 §2.7.13.3.1).
    final int availIdx = availIdxAcquire();
    final int available = (availIdx - lastAvailIdx) & SplitRing.IDX_MASK;
    if (available > queueSize) {
      return breakAtAvailIdx(availIdx);
    }
    final int count = Math.min(available, headsMax);
    final long entries = availableRingAddress + SplitRing.RING_ENTRIES;
    final int mask = queueSize - 1;
    for (int i = 0; i < count; i++) {
      final long slot = (lastAvailIdx + i) & mask;
      final int head = Memory.getShort(entries + slot * SplitRing.AVAILABLE_ENTRY_BYTES);
      if (head >= queueSize) {
        this.lastAvailIdx = (lastAvailIdx + i) & SplitRing.IDX_MASK;
        return i > 0 ? i : breakAtHead(head);
      }
      heads[i] = head;
    }
    this.lastAvailIdx = (lastAvailIdx + count) & SplitRing.IDX_MASK;
    return count;
  }

  /**
   * Puts a used buffer into the used ring, unseen by the driver until {@link #publish()}.
   *
   * @param head of the chain, as fetched, at most once for each time it was
   * @param writtenBytes how many bytes were written from the first device-writable one on, as
   *     unsigned 32 bits; rather fewer than more (virtio 1.3 §2.7.8.2)
   */
  public void push(int head, int writtenBytes) {
    assert head >= 0 && head < queueSize;
    assert ((usedIdx - publishedUsedIdx) & SplitRing.IDX_MASK) < queueSize;
    final long slot = usedIdx & (queueSize - 1);
    final long entry = usedRingAddress + SplitRing.RING_ENTRIES + slot * SplitRing.USED_ENTRY_BYTES;
    Memory.putInt(entry, head);
    Memory.putInt(entry + SplitRing.USED_ENTRY_LEN, writtenBytes);
    usedIdx = (usedIdx + 1) & SplitRing.IDX_MASK;
  }

  /**
   * Shows the driver what was pushed.
   *
   * @return whether the driver needs a used buffer notification (virtio 1.3 §2.7.7.2); false when
   *     nothing was pushed
   */
  public boolean publish() {
    final int oldIdx = publishedUsedIdx;
    final int newIdx = usedIdx;
    if (oldIdx == newIdx) {
      return false;
    }
    publishedUsedIdx = newIdx;
    // [B] release: pairs with the driver's acquire of used idx, so that used elements and the data
    // are seen before it (virtio 1.3 §2.7.8.2).
    usedIdxRelease(newIdx);
    // [D] store used idx, then load used_event or flags: pairs with the driver's fence between its
    // store of used_event or flags and its load of used idx. Without it both could miss the other.
    VarHandle.fullFence();
    return needsNotification(newIdx, oldIdx);
  }

  /**
   * Tells the driver that no available buffer notifications are needed; it may send some all the
   * same. Costs nothing when they are suppressed already.
   */
  public void suppressAvailableNotifications() {
    if (availableNotifications == SUPPRESSED) {
      return;
    }
    availableNotifications = SUPPRESSED;
    if (isEventIdx) {
      // The entry that was passed last: reached again after 65535 more, and flags stay 0
      // (virtio 1.3 §2.7.10.2).
      availEventOpaque((lastAvailIdx - 1) & SplitRing.IDX_MASK);
    } else {
      usedFlagsOpaque(SplitRing.USED_F_NO_NOTIFY);
    }
  }

  /**
   * Asks the driver for an available buffer notification at the next buffer, and looks again.
   *
   * @return true when nothing is available, so that it is safe to sleep; false when something is,
   *     or came in between
   */
  public boolean enableAvailableNotifications() {
    if (brokenReason != null) {
      return true;
    }
    availableNotifications = ENABLED;
    if (isEventIdx) {
      availEventOpaque(lastAvailIdx);
    } else {
      usedFlagsOpaque(0);
    }
    // [C] store avail_event or flags, then load avail idx: pairs with the driver's fence between
    // its store of avail idx and its load of avail_event or flags (virtio 1.3 §2.7.13.4.1).
    VarHandle.fullFence();
    return availIdxAcquire() == lastAvailIdx;
  }

  /**
   * Makes the next {@link #publish()} of anything ask for a notification: after a change of the
   * call descriptor nobody knows what the driver was told.
   */
  public void forgetSignalledUsed() {
    signalledUsedValid = false;
  }

  /** Returns the index of the next entry of the available ring to fetch, 0 to 65535. */
  public int lastAvailIdx() {
    return lastAvailIdx;
  }

  /**
   * Returns the index of the used ring's entry that the next push fills, 0 to 65535; after {@link
   * #publish()} it is what the used ring's idx says.
   */
  public int usedIdx() {
    return usedIdx;
  }

  /** Returns how many entries each ring has. */
  public int queueSize() {
    return queueSize;
  }

  /** Returns which queue of its device this is. */
  public int index() {
    return index;
  }

  /** Returns whether the driver broke the queue. */
  public boolean isBroken() {
    return brokenReason != null;
  }

  /** Returns why the queue is broken, in one line, or null. */
  public String brokenReason() {
    return brokenReason;
  }

  /** Breaks the queue; the first reason stays. */
  public void markBroken(String reason) {
    assert reason != null;
    if (brokenReason == null) {
      brokenReason = reason;
    }
  }

  /** Returns the host address of the descriptor table. */
  public long descriptorTableAddress() {
    return descriptorTableAddress;
  }

  /** Returns whether descriptors may refer to tables of descriptors. */
  public boolean isIndirectDesc() {
    return isIndirectDesc;
  }

  private boolean needsNotification(int newIdx, int oldIdx) {
    if (!isEventIdx) {
      return (availFlagsOpaque() & SplitRing.AVAIL_F_NO_INTERRUPT) == 0;
    }
    // What was signalled before this instance isn't known: a used_event that was passed then would
    // be missed, so the first notification is sent whatever it says.
    final boolean isValid = signalledUsedValid;
    signalledUsedValid = true;
    return !isValid || SplitRing.needEvent(usedEventOpaque(), newIdx, oldIdx);
  }

  private int breakAtAvailIdx(int availIdx) {
    markBroken(
        "queue %d: avail idx %d, last avail idx %d: jumped by more than queue size %d"
            .formatted(index, availIdx, lastAvailIdx, queueSize));
    return BROKEN;
  }

  private int breakAtHead(int head) {
    markBroken(
        "queue %d avail idx %d: head %d: not below queue size %d"
            .formatted(index, lastAvailIdx, head, queueSize));
    return BROKEN;
  }

  private static void checkAlignment(int index, String part, long address) {
    if ((address & (RING_ALIGNMENT - 1)) != 0) {
      throw new IllegalArgumentException(
          "queue %d %s at 0x%x: must be aligned to %d"
              .formatted(index, part, address, RING_ALIGNMENT));
    }
  }

  private int availIdxAcquire() {
    return Memory.getShortAcquire(availableRingAddress + SplitRing.RING_IDX);
  }

  private int availFlagsOpaque() {
    return Memory.getShortOpaque(availableRingAddress + SplitRing.RING_FLAGS);
  }

  private int usedEventOpaque() {
    return Memory.getShortOpaque(availableRingAddress + SplitRing.usedEventOffset(queueSize));
  }

  private void usedIdxRelease(int idx) {
    Memory.putShortRelease(usedRingAddress + SplitRing.RING_IDX, idx);
  }

  private void usedFlagsOpaque(int flags) {
    Memory.putShortOpaque(usedRingAddress + SplitRing.RING_FLAGS, flags);
  }

  private void availEventOpaque(int idx) {
    Memory.putShortOpaque(usedRingAddress + SplitRing.availEventOffset(queueSize), idx);
  }
}
