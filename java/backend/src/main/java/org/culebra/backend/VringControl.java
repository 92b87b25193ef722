package org.culebra.backend;

import org.culebra.vhostuser.VringAddress;

/**
 * What a front-end said of one vring (vhost-user: Ring states), and the vring that serves it while
 * it is started. Started and enabled are independent of each other. Confined to the control thread.
 */
final class VringControl {
  final int index;

  /** Descriptors in the ring, 0 until SET_VRING_NUM. */
  int size;

  /** Next available index, from SET_VRING_BASE or the last stop. */
  int base;

  VringAddress address;
  int kickFd = -1;
  int callFd = -1;
  int errFd = -1;
  boolean enabled;

  /** Whether SET_VRING_KICK came since the last stop; it may have come without a descriptor. */
  boolean kicked;

  /** The vring that serves it, or null while it isn't started. */
  Vring vring;

  /** Whether its agent was told to let go of it: no command may follow. */
  boolean ending;

  /** Whether its queue below was cancelled, so that it serves nothing any more. */
  boolean cancelled;

  QueueProxy agent;

  VringControl(int index) {
    this.index = index;
  }

  boolean isStarted() {
    return vring != null;
  }

  boolean isReady() {
    return kicked && size > 0 && address != null;
  }

  /**
   * Finds the ring's parts in guest memory.
   *
   * @throws IllegalArgumentException with value and rule when a part isn't mapped or is misaligned
   */
  RingAddresses locate(GuestMemoryTable memory, long features) {
    return RingAddresses.locate(address, size, features, memory);
  }
}
