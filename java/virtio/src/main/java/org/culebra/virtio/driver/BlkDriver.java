package org.culebra.virtio.driver;

import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.SplitRing;
import org.culebra.virtio.blk.BlkRequestDecoder;
import org.culebra.virtio.blk.BlkRequestType;

/**
 * A driver's block requests (virtio 1.3 §5.2.6) on a split virtqueue. Confined to one thread;
 * allocates nothing once made.
 *
 * <p>Each head has a slot in shared memory, of {@link #slotBytes} bytes:
 *
 * <pre>
 *   0        16        32       40     48
 *   +--------+---------+--------+------+---------------------------+
 *   | header | segment | status |      | table of descriptors      |
 *   +--------+---------+--------+------+---------------------------+
 * </pre>
 *
 * <p>A request is queued by one of the methods that return its head, shown to the device by {@link
 * SplitDriver#publish}, and over when {@link SplitDriver#pollUsed} returns the head.
 */
public final class BlkDriver {
  /** What the status byte says until the device writes it. */
  public static final int STATUS_PENDING = 0xff;

  private static final int HEADER_TYPE = 0;
  private static final int HEADER_RESERVED = 4;
  private static final int HEADER_SECTOR = 8;
  private static final int SLOT_SEGMENT = 16;
  private static final int SEGMENT_SECTORS = 8;
  private static final int SEGMENT_FLAGS = 12;
  private static final int SLOT_STATUS = 32;
  private static final int SLOT_TABLE = 48;
  private static final int HEADER_AND_STATUS = 2;

  private final SplitDriver driver;
  private final long slotsAddress;
  private final int segmentsMax;
  private final boolean isIndirect;

  /**
   * Makes requests for a driver.
   *
   * @param slotsAddress host address, aligned to 16 and mapped by the driver's mapping, of {@code
   *     queueSize * slotBytes(segmentsMax)} bytes
   * @param segmentsMax how many buffers of data a request may have
   * @param isIndirect whether chains go into indirect tables (INDIRECT_DESC was negotiated)
   */
  public BlkDriver(SplitDriver driver, long slotsAddress, int segmentsMax, boolean isIndirect) {
    assert slotsAddress % SplitRing.DESCRIPTOR_BYTES == 0;
    this.driver = driver;
    this.slotsAddress = slotsAddress;
    this.segmentsMax = segmentsMax;
    this.isIndirect = isIndirect;
  }

  /** Returns how many bytes each head's slot takes, a multiple of 16. */
  public static long slotBytes(int segmentsMax) {
    return SLOT_TABLE + (long) (segmentsMax + HEADER_AND_STATUS) * SplitRing.DESCRIPTOR_BYTES;
  }

  /** Queues a read into one buffer; returns its head, or {@link SplitDriver#NONE}. */
  public int read(long sector, long address, int lengthBytes) {
    final int head = begin(BlkRequestType.IN, sector);
    final boolean isGood = head != SplitDriver.NONE && driver.addWritable(address, lengthBytes);
    return finish(head, isGood);
  }

  /** Queues a write of one buffer; returns its head, or {@link SplitDriver#NONE}. */
  public int write(long sector, long address, int lengthBytes) {
    final int head = begin(BlkRequestType.OUT, sector);
    final boolean isGood = head != SplitDriver.NONE && driver.addReadable(address, lengthBytes);
    return finish(head, isGood);
  }

  /** Queues a read into scattered memory; returns its head, or {@link SplitDriver#NONE}. */
  public int read(long sector, IoVector data) {
    final int head = begin(BlkRequestType.IN, sector);
    return finish(head, head != SplitDriver.NONE && addData(data, true));
  }

  /** Queues a write of scattered memory; returns its head, or {@link SplitDriver#NONE}. */
  public int write(long sector, IoVector data) {
    final int head = begin(BlkRequestType.OUT, sector);
    return finish(head, head != SplitDriver.NONE && addData(data, false));
  }

  /** Queues a flush; returns its head, or {@link SplitDriver#NONE}. */
  public int flush() {
    final int head = begin(BlkRequestType.FLUSH, 0);
    return finish(head, head != SplitDriver.NONE);
  }

  /** Queues the fetch of the device ID string; returns its head, or {@link SplitDriver#NONE}. */
  public int getId(long address, int lengthBytes) {
    final int head = begin(BlkRequestType.GET_ID, 0);
    final boolean isGood = head != SplitDriver.NONE && driver.addWritable(address, lengthBytes);
    return finish(head, isGood);
  }

  /** Queues a discard of one segment; returns its head, or {@link SplitDriver#NONE}. */
  public int discard(long sector, int sectors) {
    return queueSegment(BlkRequestType.DISCARD, sector, sectors, 0);
  }

  /**
   * Queues a write zeroes of one segment; returns its head, or {@link SplitDriver#NONE}.
   *
   * @param flags of the segment: 0 or {@code RequestSlot.SEGMENT_UNMAP}
   */
  public int writeZeroes(long sector, int sectors, int flags) {
    return queueSegment(BlkRequestType.WRITE_ZEROES, sector, sectors, flags);
  }

  /** Returns a head's status byte, or {@link #STATUS_PENDING}. */
  public int status(int head) {
    return Memory.getByte(slot(head) + SLOT_STATUS) & 0xff;
  }

  private int queueSegment(int type, long sector, int sectors, int flags) {
    final int head = begin(type, 0);
    if (head == SplitDriver.NONE) {
      return head;
    }
    final long segment = slot(head) + SLOT_SEGMENT;
    Memory.putLong(segment, sector);
    Memory.putInt(segment + SEGMENT_SECTORS, sectors);
    Memory.putInt(segment + SEGMENT_FLAGS, flags);
    return finish(head, driver.addReadable(segment, BlkRequestDecoder.SEGMENT_BYTES));
  }

  private int begin(int type, long sector) {
    final int head = driver.begin();
    if (head == SplitDriver.NONE) {
      return head;
    }
    final long slot = slot(head);
    if (isIndirect) {
      driver.cancel();
      driver.begin(slot + SLOT_TABLE, segmentsMax + HEADER_AND_STATUS);
    }
    Memory.putInt(slot + HEADER_TYPE, type);
    Memory.putInt(slot + HEADER_RESERVED, 0);
    Memory.putLong(slot + HEADER_SECTOR, sector);
    Memory.putByte(slot + SLOT_STATUS, (byte) STATUS_PENDING);
    final boolean isAdded = driver.addReadable(slot, BlkRequestDecoder.HEADER_BYTES);
    assert isAdded;
    return head;
  }

  private boolean addData(IoVector data, boolean isWritable) {
    final int count = data.count();
    for (int i = 0; i < count; i++) {
      final long address = data.address(i);
      final int lengthBytes = (int) data.length(i);
      if (!(isWritable
          ? driver.addWritable(address, lengthBytes)
          : driver.addReadable(address, lengthBytes))) {
        return false;
      }
    }
    return true;
  }

  private int finish(int head, boolean isGood) {
    if (head == SplitDriver.NONE) {
      return head;
    }
    if (!isGood || !driver.addWritable(slot(head) + SLOT_STATUS, 1)) {
      driver.cancel();
      return SplitDriver.NONE;
    }
    driver.offer();
    return head;
  }

  private long slot(int head) {
    return slotsAddress + head * slotBytes(segmentsMax);
  }
}
