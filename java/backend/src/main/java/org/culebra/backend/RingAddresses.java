package org.culebra.backend;

import org.culebra.vhostuser.VringAddress;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.SplitVirtqueue;

/**
 * Where the parts of a ring lie in this process, checked once.
 *
 * @param index which ring
 * @param size its descriptors
 * @param features the features the driver accepted
 * @param descriptorTable address of the descriptor table
 * @param availableRing address of the available ring
 * @param usedRing address of the used ring
 */
record RingAddresses(
    int index, int size, long features, long descriptorTable, long availableRing, long usedRing) {
  /**
   * Finds a ring in guest memory.
   *
   * @throws IllegalArgumentException with value and rule when a part isn't mapped or is misaligned
   */
  static RingAddresses locate(
      VringAddress address, int size, long features, GuestMemoryTable memory) {
    boolean eventIdx = FeatureBits.has(features, FeatureBits.EVENT_IDX);
    return new RingAddresses(
        address.index(),
        size,
        features,
        memory.ringPart(
            "descriptor table",
            address.descriptorTable(),
            SplitVirtqueue.descriptorTableBytes(size)),
        memory.ringPart(
            "available ring",
            address.availableRing(),
            SplitVirtqueue.availableRingBytes(size, eventIdx)),
        memory.ringPart(
            "used ring", address.usedRing(), SplitVirtqueue.usedRingBytes(size, eventIdx)));
  }

  /** Opens the device's side of the ring at a next available index. */
  SplitVirtqueue open(int lastAvailIdx) {
    return new SplitVirtqueue(
        index, size, descriptorTable, availableRing, usedRing, features, lastAvailIdx);
  }
}
