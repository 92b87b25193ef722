package org.culebra.guest;

/**
 * One region of guest memory, mapped here (vhost-user: Memory region description).
 *
 * @param guestAddress guest physical address of its first byte, 0 to 2^63 - 1
 * @param userAddress the front-end's virtual address of its first byte
 * @param sizeBytes above 0
 * @param mmapOffset where it begins in its file, in bytes
 * @param hostAddress where its first byte is mapped in this process
 */
public record MemoryRegion(
    long guestAddress, long userAddress, long sizeBytes, long mmapOffset, long hostAddress) {
  /**
   * Makes a region.
   *
   * @throws IllegalArgumentException if its size isn't above 0, or an address and its size overflow
   */
  public MemoryRegion {
    if (sizeBytes <= 0) {
      throw new IllegalArgumentException(
          "region guest 0x%x size 0x%x: size must be 1 to 2^63 - 1"
              .formatted(guestAddress, sizeBytes));
    }
    checkEnd("guest", guestAddress, sizeBytes);
    checkEnd("user", userAddress, sizeBytes);
    checkEnd("mmap offset", mmapOffset, sizeBytes);
    checkEnd("host", hostAddress, sizeBytes);
  }

  /** Returns the guest address of the byte after its last. */
  public long guestEnd() {
    return guestAddress + sizeBytes; // no overflow: checked in the constructor
  }

  @Override
  public String toString() {
    return "{guest 0x%x, user 0x%x, size 0x%x, mmap offset 0x%x}"
        .formatted(guestAddress, userAddress, sizeBytes, mmapOffset);
  }

  private static void checkEnd(String name, long start, long sizeBytes) {
    if (start < 0 || start + sizeBytes < 0) {
      throw new IllegalArgumentException(
          "region %s 0x%x size 0x%x: must end below 2^63".formatted(name, start, sizeBytes));
    }
  }
}
