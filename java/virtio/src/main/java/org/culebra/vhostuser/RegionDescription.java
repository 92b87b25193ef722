package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * One region of guest memory (vhost-user: Memory region description), without XEN_MMAP's fields.
 *
 * <pre>
 *   0               8      16             24            32
 *   +---------------+------+--------------+-------------+
 *   | guest address | size | user address | mmap offset |
 *   +---------------+------+--------------+-------------+
 * </pre>
 *
 * @param guestAddress where the guest sees it
 * @param sizeBytes how long it is; any number, no page multiple needed
 * @param userAddress where the front-end sees it
 * @param mmapOffset where it begins in the file, in bytes
 */
public record RegionDescription(
    long guestAddress, long sizeBytes, long userAddress, long mmapOffset) {
  /** Bytes of one region. */
  public static final int BYTES = 32;

  private static final int GUEST_ADDRESS = 0;
  private static final int SIZE_BYTES = 8;
  private static final int USER_ADDRESS = 16;
  private static final int MMAP_OFFSET = 24;

  /** Reads it from memory. */
  public static RegionDescription read(long address) {
    return new RegionDescription(
        Memory.getLong(address + GUEST_ADDRESS),
        Memory.getLong(address + SIZE_BYTES),
        Memory.getLong(address + USER_ADDRESS),
        Memory.getLong(address + MMAP_OFFSET));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putLong(address + GUEST_ADDRESS, guestAddress);
    Memory.putLong(address + SIZE_BYTES, sizeBytes);
    Memory.putLong(address + USER_ADDRESS, userAddress);
    Memory.putLong(address + MMAP_OFFSET, mmapOffset);
  }
}
