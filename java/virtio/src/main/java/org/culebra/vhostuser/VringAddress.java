package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * Where a vring's three parts lie (vhost-user: A vring address description).
 *
 * <p>The addresses are user addresses, unless IOMMU_PLATFORM or GPA_ADDRESSES was negotiated.
 *
 * <pre>
 *   0       4       8            16     24          32    40
 *   +-------+-------+------------+------+-----------+-----+
 *   | index | flags | descriptor | used | available | log |
 *   +-------+-------+------------+------+-----------+-----+
 * </pre>
 *
 * @param index which vring, from 0
 * @param flags {@link #LOG_USED_RING} or 0
 * @param descriptorTable user address of the descriptor table
 * @param usedRing user address of the used ring
 * @param availableRing user address of the available ring
 * @param logGuestAddress guest address under which writes to the used ring are logged
 */
public record VringAddress(
    int index,
    int flags,
    long descriptorTable,
    long usedRing,
    long availableRing,
    long logGuestAddress) {
  /** Bytes of the payload. */
  public static final int BYTES = 40;

  /** Flag: changes of the used ring are logged (VHOST_VRING_F_LOG). */
  public static final int LOG_USED_RING = 1;

  private static final int INDEX = 0;
  private static final int FLAGS = 4;
  private static final int DESCRIPTOR_TABLE = 8;
  private static final int USED_RING = 16;
  private static final int AVAILABLE_RING = 24;
  private static final int LOG_GUEST_ADDRESS = 32;

  /** Reads it from memory. */
  public static VringAddress read(long address) {
    return new VringAddress(
        Memory.getInt(address + INDEX),
        Memory.getInt(address + FLAGS),
        Memory.getLong(address + DESCRIPTOR_TABLE),
        Memory.getLong(address + USED_RING),
        Memory.getLong(address + AVAILABLE_RING),
        Memory.getLong(address + LOG_GUEST_ADDRESS));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putInt(address + INDEX, index);
    Memory.putInt(address + FLAGS, flags);
    Memory.putLong(address + DESCRIPTOR_TABLE, descriptorTable);
    Memory.putLong(address + USED_RING, usedRing);
    Memory.putLong(address + AVAILABLE_RING, availableRing);
    Memory.putLong(address + LOG_GUEST_ADDRESS, logGuestAddress);
  }
}
