package org.culebra.backend;

import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndQueue;
import org.culebra.linux.Memory;
import org.culebra.virtio.blk.BlkRequestType;

/** Descriptors and heads written straight into the rings of a queue that no driver uses. */
final class RawChain {
  static final int NEXT = 1;
  static final int WRITE = 2;
  static final int INDIRECT = 4;
  private static final int HEADER_BYTES = 16;
  private static final int NO_STATUS = 0xee;

  private final FrontEnd frontEnd;
  private final FrontEndQueue queue;
  private final long header;
  private int availIdx;

  RawChain(FrontEnd frontEnd, int queue) {
    this.frontEnd = frontEnd;
    this.queue = frontEnd.queue(queue);
    this.header = frontEnd.memory().allocate(HEADER_BYTES + 1);
    Memory.putByte(statusAddress(), (byte) NO_STATUS);
  }

  private long statusAddress() {
    return header + HEADER_BYTES;
  }

  /** Returns the status byte, 0xee until it is written. */
  int status() {
    return Memory.getByte(statusAddress()) & 0xff;
  }

  RawChain descriptor(int index, long guestAddress, int lengthBytes, int flags, int next) {
    long descriptor = queue.rings().descriptorTableAddress() + 16L * index;
    Memory.putLong(descriptor, guestAddress);
    Memory.putInt(descriptor + 8, lengthBytes);
    Memory.putShort(descriptor + 12, flags);
    Memory.putShort(descriptor + 14, next);
    return this;
  }

  /** Puts a read of one buffer into descriptors 0, 1 and 2. */
  RawChain read(long sector, long guestAddress, int lengthBytes) {
    Memory.putInt(header, BlkRequestType.IN);
    Memory.putLong(header + 8, sector);
    return descriptor(0, frontEnd.memory().guestAddress(header), HEADER_BYTES, NEXT, 1)
        .descriptor(1, guestAddress, lengthBytes, NEXT | WRITE, 2)
        .descriptor(2, frontEnd.memory().guestAddress(statusAddress()), 1, WRITE, 0);
  }

  /** Puts heads into the available ring, shows them, and kicks. */
  RawChain available(int... heads) {
    long ring = queue.rings().availableRingAddress();
    for (int head : heads) {
      Memory.putShort(ring + 4 + 2L * (availIdx++ % queue.rings().queueSize()), head);
    }
    Memory.putShortRelease(ring + 2, availIdx);
    queue.kick();
    return this;
  }
}
