package org.culebra.virtio;

/**
 * The layout of a split virtqueue's three parts (virtio 1.3 §2.7), the same for both sides.
 *
 * <pre>
 *   descriptor table, aligned to 16      0      8      12     14     16
 *                                        +------+------+------+------+
 *     one VirtqDesc for each entry       | addr | len  |flags | next |
 *                                        +------+------+------+------+
 *   available ring, aligned to 2         0      2      4        4+2n       6+2n
 *                                        +------+------+--------+----------+
 *     written by the driver              |flags | idx  |heads[n]|used_event|
 *                                        +------+------+--------+----------+
 *   used ring, aligned to 4              0      2      4                4+8n        6+8n
 *                                        +------+------+----------------+-----------+
 *     written by the device              |flags | idx  |{id, len} [n]   |avail_event|
 *                                        +------+------+----------------+-----------+
 * </pre>
 */
public final class SplitRing {
  /** The largest queue size. */
  public static final int QUEUE_SIZE_MAX = 32768;

  /** Alignment of the descriptor table in bytes. */
  public static final int DESCRIPTOR_TABLE_ALIGNMENT = 16;

  /** Alignment of the available ring in bytes. */
  public static final int AVAILABLE_RING_ALIGNMENT = 2;

  /** Alignment of the used ring in bytes. */
  public static final int USED_RING_ALIGNMENT = 4;

  /** Bytes of one descriptor. */
  public static final int DESCRIPTOR_BYTES = 16;

  /** Offset of a descriptor's addr, 64 bits. */
  public static final int DESCRIPTOR_ADDR = 0;

  /** Offset of a descriptor's len, 32 bits. */
  public static final int DESCRIPTOR_LEN = 8;

  /** Offset of a descriptor's flags, 16 bits. */
  public static final int DESCRIPTOR_FLAGS = 12;

  /** Offset of a descriptor's next, 16 bits. */
  public static final int DESCRIPTOR_NEXT = 14;

  /** VIRTQ_DESC_F_NEXT: the chain goes on at next. */
  public static final int DESC_F_NEXT = 1;

  /** VIRTQ_DESC_F_WRITE: device-writable, else device-readable. */
  public static final int DESC_F_WRITE = 2;

  /** VIRTQ_DESC_F_INDIRECT: refers to a table of descriptors. */
  public static final int DESC_F_INDIRECT = 4;

  /** Offset of flags in either ring, 16 bits. */
  public static final int RING_FLAGS = 0;

  /** Offset of idx in either ring, 16 bits. */
  public static final int RING_IDX = 2;

  /** Offset of the first entry in either ring. */
  public static final int RING_ENTRIES = 4;

  /** Bytes of one entry of the available ring: a head. */
  public static final int AVAILABLE_ENTRY_BYTES = 2;

  /** Bytes of one entry of the used ring: id and len. */
  public static final int USED_ENTRY_BYTES = 8;

  /** Offset of len in an entry of the used ring. */
  public static final int USED_ENTRY_LEN = 4;

  /** VIRTQ_AVAIL_F_NO_INTERRUPT: the driver needs no used buffer notification. */
  public static final int AVAIL_F_NO_INTERRUPT = 1;

  /** VIRTQ_USED_F_NO_NOTIFY: the device needs no available buffer notification. */
  public static final int USED_F_NO_NOTIFY = 1;

  /** Free-running indices and heads have 16 bits. */
  static final int IDX_MASK = 0xffff;

  private static final int EVENT_BYTES = 2;

  private SplitRing() {}

  /** Returns whether a number is a size of a split virtqueue: a power of two up to 32768. */
  public static boolean isQueueSize(int queueSize) {
    return queueSize > 0 && queueSize <= QUEUE_SIZE_MAX && (queueSize & (queueSize - 1)) == 0;
  }

  /** Returns the length of the descriptor table in bytes. */
  public static long descriptorTableBytes(int queueSize) {
    return (long) queueSize * DESCRIPTOR_BYTES;
  }

  /** Returns the length of the available ring in bytes, with used_event if EVENT_IDX is on. */
  public static long availableRingBytes(int queueSize, boolean eventIdx) {
    return usedEventOffset(queueSize) + (eventIdx ? EVENT_BYTES : 0);
  }

  /** Returns the length of the used ring in bytes, with avail_event if EVENT_IDX is on. */
  public static long usedRingBytes(int queueSize, boolean eventIdx) {
    return availEventOffset(queueSize) + (eventIdx ? EVENT_BYTES : 0);
  }

  /** Returns the offset of used_event in the available ring. */
  public static long usedEventOffset(int queueSize) {
    return RING_ENTRIES + (long) queueSize * AVAILABLE_ENTRY_BYTES;
  }

  /** Returns the offset of avail_event in the used ring. */
  public static long availEventOffset(int queueSize) {
    return RING_ENTRIES + (long) queueSize * USED_ENTRY_BYTES;
  }

  /**
   * Returns whether moving a ring's idx from old to new passed the event index, so that the other
   * side is to be notified. All of them wrap at 2^16: the differences are what is compared.
   */
  public static boolean needEvent(int eventIdx, int newIdx, int oldIdx) {
    return ((newIdx - eventIdx - 1) & IDX_MASK) < ((newIdx - oldIdx) & IDX_MASK);
  }
}
