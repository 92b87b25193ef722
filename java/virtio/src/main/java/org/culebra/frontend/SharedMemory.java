package org.culebra.frontend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.linux.Fd;
import org.culebra.linux.Mapping;
import org.culebra.linux.MemFd;
import org.culebra.vhostuser.RegionDescription;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.GuestMapping;
import org.culebra.virtio.driver.SplitRingLayout;

/**
 * The memory a front-end shares with its back-end: one file, mapped once here, told to the back-end
 * as one region or several.
 *
 * <pre>
 *   0                          page
 *   +-----------------------+--+--------------------------------------+
 *   | rings and slots       |  | data                                 |
 *   +-----------------------+--+--------------------------------------+
 *   QEMU:     touching, whole pages
 *   | region 0                                | region 1 | region 2    |
 *   libblkio: odd ends, a hole
 *   | region 0             .|  | region 1     | region 2            .|
 * </pre>
 *
 * <p>Here the regions of data touch each other, so a buffer may cross from one to the next; the
 * back-end may have mapped them far apart. Confined to one thread, but data may be touched by any.
 */
public final class SharedMemory implements AutoCloseable {
  /** Where guest memory begins for the guest. */
  public static final long GUEST_BASE = 0x4000_0000L;

  /** Where guest memory begins for the front-end, as it tells the back-end. */
  public static final long USER_BASE = 0x7654_0000_0000L;

  private static final long PAGE_BYTES = 4096;
  private static final long ODD_BYTES = 14;
  private static final long BUFFER_ALIGNMENT = 64;

  private final int fd;
  private final Mapping mapping;
  private final GuestMapping guest;
  private final List<RegionDescription> regions = new ArrayList<>();
  private final long slotsPerQueueBytes;
  private final long perQueueBytes;
  private final long dataOffset;
  private final long endOffset;
  private long allocatedOffset;

  /** Makes the memory of a front-end with its queues and cuts it into regions. */
  SharedMemory(FrontEndOptions options) throws IOException {
    long slots = BlkDriver.slotBytes(options.segmentsMax()) * options.queueSize();
    slotsPerQueueBytes = align(slots, BUFFER_ALIGNMENT);
    perQueueBytes = SplitRingLayout.sizeBytes(options.queueSize()) + slotsPerQueueBytes;
    long queuesBytes = perQueueBytes * options.queueCount();
    long page = Math.max(PAGE_BYTES, 1L << options.hugePageShift());
    boolean isOdd = options.order() == MessageOrder.LIBBLKIO;
    dataOffset = align(queuesBytes + ODD_BYTES, PAGE_BYTES);
    long sizeBytes = align(dataOffset + options.memoryBytes(), page);
    endOffset = isOdd ? sizeBytes - ODD_BYTES : sizeBytes;
    int dataRegions = Math.max(1, isOdd ? options.regionCount() - 1 : options.regionCount());
    long step = align((endOffset - dataOffset + dataRegions - 1) / dataRegions, PAGE_BYTES);
    long firstEnd = isOdd ? queuesBytes + ODD_BYTES : dataOffset + step;
    addRegion(0, Math.min(firstEnd, endOffset));
    for (long at = isOdd ? dataOffset : firstEnd; at < endOffset; at += step) {
      addRegion(at, Math.min(step, endOffset - at));
    }
    fd = MemFd.createHuge("guest-memory", sizeBytes, options.hugePageShift());
    try {
      mapping = Mapping.map(fd, 0, sizeBytes, true);
    } catch (IOException e) {
      Fd.close(fd);
      throw e;
    }
    guest = new GuestMapping(mapping.address(), GUEST_BASE, sizeBytes);
    freeAll();
  }

  private void addRegion(long offset, long sizeBytes) {
    regions.add(new RegionDescription(GUEST_BASE + offset, sizeBytes, USER_BASE + offset, offset));
  }

  private static long align(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }

  /** Returns the regions as the back-end is told; all are in {@link #fd}. */
  public List<RegionDescription> regions() {
    return List.copyOf(regions);
  }

  /** Returns the file all regions lie in; it stays this object's. */
  public int fd() {
    return fd;
  }

  /** Returns our own address of the first byte. */
  public long address() {
    return mapping.address();
  }

  /** Returns how large all of it is, in bytes. */
  public long sizeBytes() {
    return mapping.sizeBytes();
  }

  /** Returns our addresses and the guest's of all of it. */
  public GuestMapping guest() {
    return guest;
  }

  /** Returns the user address of one of our addresses. */
  public long userAddress(long address) {
    return address - mapping.address() + USER_BASE;
  }

  /** Returns the guest address of one of our addresses. */
  public long guestAddress(long address) {
    return guest.guest(address);
  }

  /** Returns our address of a guest address inside a region. */
  public long addressOfGuest(long guestAddress) {
    assert guestAddress >= GUEST_BASE && guestAddress - GUEST_BASE < sizeBytes();
    return guestAddress - GUEST_BASE + mapping.address();
  }

  /** Returns our address at which a region begins. */
  public long regionAddress(int index) {
    return addressOfGuest(regions.get(index).guestAddress());
  }

  /**
   * Takes memory for data, aligned to 64 bytes; it may cross from one region to the next.
   *
   * @return our address of it
   */
  public long allocate(long bytes) {
    long offset = align(allocatedOffset, BUFFER_ALIGNMENT);
    if (bytes > endOffset - offset) {
      throw new IllegalStateException(
          bytes + " bytes: " + Math.max(0, endOffset - offset) + " are left of the shared memory");
    }
    allocatedOffset = offset + bytes;
    return mapping.address() + offset;
  }

  /** Gives all memory for data back. */
  public void freeAll() {
    allocatedOffset = dataOffset;
  }

  /** Returns where a queue's rings lie. */
  SplitRingLayout rings(int queue, int queueSize) {
    return SplitRingLayout.contiguous(mapping.address() + queue * perQueueBytes, queueSize);
  }

  /** Returns where a queue's slots lie: headers, status bytes and indirect tables. */
  long slots(int queue) {
    return mapping.address() + (queue + 1) * perQueueBytes - slotsPerQueueBytes;
  }

  /** Unmaps and closes it; the back-end may still have it mapped. */
  @Override
  public void close() {
    mapping.close();
    Fd.close(fd);
  }
}
