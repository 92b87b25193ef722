package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * A part of the device's configuration space (vhost-user: Virtio device config space); its bytes
 * follow.
 *
 * <pre>
 *   0        4      8       12
 *   +--------+------+-------+---------+
 *   | offset | size | flags | payload |
 *   +--------+------+-------+---------+
 * </pre>
 *
 * @param offset where the part begins, in bytes
 * @param size how long it is, in bytes
 * @param flags {@link #WRITABLE} or {@link #LIVE_MIGRATION}
 */
public record ConfigAccess(int offset, int size, int flags) {
  /** Bytes before the part itself. */
  public static final int BYTES = 12;

  /** The largest part that is carried. */
  public static final int SPACE_BYTES_MAX = 256;

  /** Flags of SET_CONFIG: the guest wrote to a writable field. */
  public static final int WRITABLE = 0;

  /** Flags of SET_CONFIG: the destination of a live migration sets any field. */
  public static final int LIVE_MIGRATION = 1;

  private static final int OFFSET = 0;
  private static final int SIZE = 4;
  private static final int FLAGS = 8;

  /** Reads it from memory. */
  public static ConfigAccess read(long address) {
    return new ConfigAccess(
        Memory.getInt(address + OFFSET),
        Memory.getInt(address + SIZE),
        Memory.getInt(address + FLAGS));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putInt(address + OFFSET, offset);
    Memory.putInt(address + SIZE, size);
    Memory.putInt(address + FLAGS, flags);
  }
}
