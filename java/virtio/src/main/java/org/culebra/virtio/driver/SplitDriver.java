package org.culebra.virtio.driver;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.SplitRing;

/**
 * The driver's side of a split virtqueue (virtio 1.3 §2.7.13, §2.7.14). Confined to one thread;
 * allocates nothing once made.
 *
 * <p>A chain is built between {@link #begin} and {@link #offer}, shown to the device by {@link
 * #publish}, and comes back from {@link #pollUsed}. What is free is kept outside the shared memory,
 * which the other side can write. The letters of the fences are those of {@code SplitVirtqueue}.
 */
public final class SplitDriver {
  /** What {@link #begin} returns when no descriptor is free, and {@link #pollUsed} for nothing. */
  public static final int NONE = -1;

  /** What {@link #pollUsed} returns for an id that isn't in flight: the device is wrong. */
  public static final int WRONG_ID = -2;

  private final int queueSize;
  private final long descriptors;
  private final long available;
  private final long used;
  private final GuestMapping mapping;
  private final boolean isEventIdx;
  private final int[] nextFree;
  private final int[] chainLength;
  private int firstFree;
  private int freeCount;
  private int availIdx;
  private int publishedAvailIdx;
  private int lastUsedIdx;
  private long usedBytes;
  private int head = NONE;
  private int tail;
  private int tailFlags;
  private int length;
  private long indirectTable;
  private int indirectMax;

  /**
   * Makes a driver and sets its rings to zeroes.
   *
   * @param layout where the rings are
   * @param mapping of all memory that chains will refer to
   * @param features negotiated ones; EVENT_IDX matters here
   */
  public SplitDriver(SplitRingLayout layout, GuestMapping mapping, long features) {
    this.queueSize = layout.queueSize();
    this.descriptors = layout.descriptorTableAddress();
    this.available = layout.availableRingAddress();
    this.used = layout.usedRingAddress();
    this.mapping = mapping;
    this.isEventIdx = FeatureBits.has(features, FeatureBits.EVENT_IDX);
    this.nextFree = new int[queueSize];
    this.chainLength = new int[queueSize];
    Memory.fill(descriptors, SplitRing.descriptorTableBytes(queueSize), (byte) 0);
    Memory.fill(available, SplitRing.availableRingBytes(queueSize, isEventIdx), (byte) 0);
    Memory.fill(used, SplitRing.usedRingBytes(queueSize, isEventIdx), (byte) 0);
    Arrays.setAll(nextFree, i -> i + 1);
    freeCount = queueSize;
  }

  /** Begins a chain in the queue's own table; returns its head, or {@link #NONE}. */
  public int begin() {
    return begin(0, 0);
  }

  /**
   * Begins a chain in an indirect table; returns its head, or {@link #NONE}.
   *
   * @param tableAddress host address of the table, which is the chain's until it comes back; 0 for
   *     a direct chain
   * @param descriptorsMax how many descriptors the table holds
   */
  public int begin(long tableAddress, int descriptorsMax) {
    assert head == NONE;
    if (freeCount == 0) {
      return NONE;
    }
    head = firstFree;
    length = 0;
    indirectTable = tableAddress;
    indirectMax = descriptorsMax;
    return head;
  }

  /** Appends a device-readable buffer by its host address; false when no descriptor is free. */
  public boolean addReadable(long address, int lengthBytes) {
    return append(mapping.guest(address), lengthBytes, 0);
  }

  /** Appends a device-writable buffer by its host address; false when no descriptor is free. */
  public boolean addWritable(long address, int lengthBytes) {
    return append(mapping.guest(address), lengthBytes, SplitRing.DESC_F_WRITE);
  }

  /** Gives up the chain that was begun. */
  public void cancel() {
    assert head != NONE;
    if (indirectTable == 0 && length > 0) {
      nextFree[tail] = firstFree;
      firstFree = head;
      freeCount += length;
    }
    head = NONE;
  }

  /** Puts the chain into the available ring, unseen by the device until {@link #publish}. */
  public void offer() {
    assert head != NONE && length > 0;
    if (indirectTable != 0) {
      final int tableBytes = length * SplitRing.DESCRIPTOR_BYTES;
      putDescriptor(head, mapping.guest(indirectTable), tableBytes, SplitRing.DESC_F_INDIRECT, 0);
      firstFree = nextFree[firstFree];
      freeCount--;
    }
    chainLength[head] = indirectTable != 0 ? 1 : length;
    offerHead(head);
    head = NONE;
  }

  /** Puts any number into the available ring as a head; for tests of devices. */
  public void offerHead(int anyHead) {
    final long slot = availIdx & (queueSize - 1);
    Memory.putShort(
        available + SplitRing.RING_ENTRIES + slot * SplitRing.AVAILABLE_ENTRY_BYTES, anyHead);
    availIdx = (availIdx + 1) & 0xffff;
  }

  /**
   * Shows the device what was offered.
   *
   * @return whether the device needs an available buffer notification (virtio 1.3 §2.7.10.1)
   */
  public boolean publish() {
    final int oldIdx = publishedAvailIdx;
    final int newIdx = availIdx;
    if (oldIdx == newIdx) {
      return false;
    }
    publishedAvailIdx = newIdx;
    // [A] release: pairs with the device's acquire in fetch() (virtio 1.3 §2.7.13.3.1).
    Memory.putShortRelease(available + SplitRing.RING_IDX, newIdx);
    // [C] store avail idx, then load avail_event or flags (virtio 1.3 §2.7.13.4.1): pairs with the
    // device's fence in enableAvailableNotifications().
    VarHandle.fullFence();
    if (isEventIdx) {
      final long availEvent = used + SplitRing.availEventOffset(queueSize);
      return SplitRing.needEvent(Memory.getShortOpaque(availEvent), newIdx, oldIdx);
    }
    return (Memory.getShortOpaque(used + SplitRing.RING_FLAGS) & SplitRing.USED_F_NO_NOTIFY) == 0;
  }

  /**
   * Takes a used buffer; its descriptors are free again.
   *
   * @return its head; {@link #NONE} when there is none; {@link #WRONG_ID} for one not in flight
   */
  public int pollUsed() {
    // [B] acquire: pairs with the device's release in publish() (virtio 1.3 §2.7.8.2).
    if (usedIdxAcquire() == lastUsedIdx) {
      return NONE;
    }
    final long slot = lastUsedIdx & (queueSize - 1);
    final long entry = used + SplitRing.RING_ENTRIES + slot * SplitRing.USED_ENTRY_BYTES;
    final int id = Memory.getInt(entry);
    usedBytes = Memory.getInt(entry + SplitRing.USED_ENTRY_LEN) & 0xffff_ffffL;
    lastUsedIdx = (lastUsedIdx + 1) & 0xffff;
    if (id < 0 || id >= queueSize || chainLength[id] == 0) {
      return WRONG_ID;
    }
    release(id);
    return id;
  }

  /** Returns the len of the used buffer that {@link #pollUsed} took last. */
  public long usedBytes() {
    return usedBytes;
  }

  /** Tells the device that no used buffer notifications are needed; some may come all the same. */
  public void suppressUsedNotifications() {
    if (isEventIdx) {
      usedEvent(lastUsedIdx - 1);
    } else {
      availFlags(SplitRing.AVAIL_F_NO_INTERRUPT);
    }
  }

  /**
   * Asks the device for a notification at the next used buffer, and looks again.
   *
   * @return true when there is none, so that it is safe to sleep
   */
  public boolean enableUsedNotifications() {
    return enableUsedNotifications(0);
  }

  /**
   * Asks the device for a notification once more used buffers came than given, and looks again.
   * Only with EVENT_IDX can more than 0 be had.
   *
   * @return true when no more than those have come, so that it is safe to sleep
   */
  public boolean enableUsedNotifications(int moreBuffers) {
    if (isEventIdx) {
      usedEvent(lastUsedIdx + moreBuffers);
    } else {
      assert moreBuffers == 0;
      availFlags(0);
    }
    // [D] store used_event or flags, then load used idx (virtio 1.3 §2.7.14): pairs with the
    // device's fence in publish().
    VarHandle.fullFence();
    return ((usedIdxAcquire() - lastUsedIdx) & 0xffff) <= moreBuffers;
  }

  /** Returns how many descriptors are free. */
  public int freeCount() {
    return freeCount;
  }

  /** Returns how many entries each ring has. */
  public int queueSize() {
    return queueSize;
  }

  /** Returns the index of the next used buffer to take, 0 to 65535. */
  public int lastUsedIdx() {
    return lastUsedIdx;
  }

  /** Writes any descriptor of the queue's table; for tests of devices. */
  public void putDescriptor(int index, long guestAddress, int len, int flags, int next) {
    final long descriptor = descriptors + (long) index * SplitRing.DESCRIPTOR_BYTES;
    Memory.putLong(descriptor + SplitRing.DESCRIPTOR_ADDR, guestAddress);
    Memory.putInt(descriptor + SplitRing.DESCRIPTOR_LEN, len);
    Memory.putShort(descriptor + SplitRing.DESCRIPTOR_FLAGS, flags);
    Memory.putShort(descriptor + SplitRing.DESCRIPTOR_NEXT, next);
  }

  private boolean append(long guestAddress, int lengthBytes, int flags) {
    assert head != NONE;
    final boolean isDirect = indirectTable == 0;
    if (isDirect ? freeCount == 0 : length == indirectMax) {
      return false;
    }
    final int index = isDirect ? firstFree : length;
    if (isDirect) {
      firstFree = nextFree[index];
      freeCount--;
    }
    final long table = isDirect ? descriptors : indirectTable;
    final long descriptor = table + (long) index * SplitRing.DESCRIPTOR_BYTES;
    Memory.putLong(descriptor + SplitRing.DESCRIPTOR_ADDR, guestAddress);
    Memory.putInt(descriptor + SplitRing.DESCRIPTOR_LEN, lengthBytes);
    Memory.putShort(descriptor + SplitRing.DESCRIPTOR_FLAGS, flags);
    Memory.putShort(descriptor + SplitRing.DESCRIPTOR_NEXT, 0);
    if (length > 0) {
      final long before = table + (long) tail * SplitRing.DESCRIPTOR_BYTES;
      Memory.putShort(before + SplitRing.DESCRIPTOR_FLAGS, tailFlags | SplitRing.DESC_F_NEXT);
      Memory.putShort(before + SplitRing.DESCRIPTOR_NEXT, index);
    }
    tail = index;
    tailFlags = flags;
    length++;
    return true;
  }

  /** Gives a chain's descriptors back; their order in the free list is still the chain's. */
  private void release(int head) {
    final int[] nextFree = this.nextFree;
    int last = head;
    for (int i = 1; i < chainLength[head]; i++) {
      last = nextFree[last];
    }
    nextFree[last] = firstFree;
    firstFree = head;
    freeCount += chainLength[head];
    chainLength[head] = 0;
  }

  private int usedIdxAcquire() {
    return Memory.getShortAcquire(used + SplitRing.RING_IDX);
  }

  private void usedEvent(int idx) {
    Memory.putShortOpaque(available + SplitRing.usedEventOffset(queueSize), idx);
  }

  private void availFlags(int flags) {
    Memory.putShortOpaque(available + SplitRing.RING_FLAGS, flags);
  }
}
