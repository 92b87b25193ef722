package org.culebra.virtio.driver;

/**
 * The one region of memory that a driver of ours shares: its addresses here and in descriptors.
 *
 * @param hostAddress of its first byte in this process
 * @param guestAddress of its first byte as the device is told
 * @param sizeBytes above 0
 */
public record GuestMapping(long hostAddress, long guestAddress, long sizeBytes) {
  /** Returns the guest address of a host address inside the region. */
  public long guest(long address) {
    assert address >= hostAddress && address - hostAddress <= sizeBytes;
    return address - hostAddress + guestAddress;
  }
}
