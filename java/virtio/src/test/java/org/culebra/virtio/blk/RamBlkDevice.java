package org.culebra.virtio.blk;

import java.util.Arrays;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.DescriptorChain;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.SplitVirtqueue;

/**
 * A block device in memory at the device's side of a queue: the shortest use of fetch, walk,
 * decode, push and publish. Requests are executed when told, in any order. Allocates nothing when
 * warm.
 */
final class RamBlkDevice {
  /** The device ID string, padded to its 20 bytes. */
  static final byte[] ID = Arrays.copyOf("ram".getBytes(), 20);

  private static final int HEADS_PER_CYCLE_MAX = 64;

  final SplitVirtqueue queue;
  private final GuestDriver guest;
  private final BlkLimits limits;
  private final long diskAddress;
  private final RequestSlot[] slots;
  private final int[] heads = new int[HEADS_PER_CYCLE_MAX];
  private final int[] waiting;
  private final long idAddress;
  private int waitingCount;

  RamBlkDevice(GuestDriver guest, BlkLimits limits, long diskAddress, long idAddress) {
    this.guest = guest;
    this.queue = guest.device();
    this.limits = limits;
    this.diskAddress = diskAddress;
    this.idAddress = idAddress;
    this.slots = new RequestSlot[queue.queueSize()];
    Arrays.setAll(slots, RequestSlot::new);
    this.waiting = new int[queue.queueSize()];
    Memory.put(idAddress, ID, 0, ID.length);
  }

  /** Fetches what is available and decodes it; returns how many heads there were. */
  int fetch(int headsMax) {
    int count = queue.fetch(heads, Math.min(headsMax, HEADS_PER_CYCLE_MAX));
    for (int i = 0; i < count && !queue.isBroken(); i++) {
      take(heads[i]);
    }
    return Math.max(count, 0);
  }

  /** Returns how many requests wait to be executed. */
  int waitingCount() {
    return waitingCount;
  }

  /** Executes and pushes one of the waiting requests. */
  void execute(int which) {
    RequestSlot slot = slots[waiting[which]];
    waiting[which] = waiting[--waitingCount];
    complete(slot, execute(slot));
  }

  /** Executes and pushes all of them, the latest first. */
  void executeAll() {
    while (waitingCount > 0) {
      execute(waitingCount - 1);
    }
  }

  void close() {
    executeAll();
    for (RequestSlot slot : slots) {
      slot.close();
    }
  }

  private void take(int head) {
    RequestSlot slot = slots[head];
    if (slot.inflight) {
      queue.markBroken("queue %d head %d: in flight twice".formatted(queue.index(), head));
      return;
    }
    slot.begin(guest.memory, 0);
    if (DescriptorChain.walk(queue, head, guest.memory, slot.buffers) != DescriptorChain.OK) {
      queue.markBroken(slot.buffers.describeFault());
      complete(slot, BlkStatus.IOERR);
      return;
    }
    switch (BlkRequestDecoder.decode(slot, limits)) {
      case BlkRequestDecoder.EXECUTE -> waiting[waitingCount++] = head;
      case BlkRequestDecoder.COMPLETE_OK -> complete(slot, BlkStatus.OK);
      case BlkRequestDecoder.COMPLETE_UNSUPP -> complete(slot, BlkStatus.UNSUPP);
      default -> complete(slot, BlkStatus.IOERR);
    }
  }

  private int execute(RequestSlot slot) {
    switch (slot.type) {
      case BlkRequestType.IN -> transfer(slot, true);
      case BlkRequestType.OUT -> transfer(slot, false);
      case BlkRequestType.GET_ID -> getId(slot.data);
      case BlkRequestType.WRITE_ZEROES -> writeZeroes(slot);
      default -> {
        // A flush has nothing to do in memory, and a discard may keep the sectors as they are.
      }
    }
    return BlkStatus.OK;
  }

  private void transfer(RequestSlot slot, boolean isRead) {
    long at = diskAddress + (slot.sector << BlkRequestDecoder.SECTOR_SHIFT);
    if (isRead) {
      slot.data.copyFrom(0, at, slot.dataBytes);
    } else {
      slot.data.copyTo(0, at, slot.dataBytes);
    }
  }

  private void getId(IoVector data) {
    long idBytes = Math.min(ID.length, data.lengthBytes());
    data.copyFrom(0, idAddress, idBytes);
    data.zero(idBytes, data.lengthBytes() - idBytes);
  }

  private void writeZeroes(RequestSlot slot) {
    for (int i = 0; i < slot.segmentCount; i++) {
      long at = diskAddress + (slot.segmentSector[i] << BlkRequestDecoder.SECTOR_SHIFT);
      Memory.fill(at, slot.segmentSectors[i] << BlkRequestDecoder.SECTOR_SHIFT, (byte) 0);
    }
  }

  private void complete(RequestSlot slot, int status) {
    slot.complete(status);
    queue.push(slot.head, slot.writtenBytes);
  }
}
