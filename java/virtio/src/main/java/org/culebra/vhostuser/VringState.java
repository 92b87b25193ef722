package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * A vring and a number (vhost-user: A vring state description), or a vring and its descriptor index
 * or indices (vhost-user: A vring descriptor index).
 *
 * <pre>
 *   0        4        8
 *   +--------+--------+
 *   | index  |  num   |
 *   +--------+--------+
 * </pre>
 *
 * @param index which vring, from 0
 * @param num a size, a base, an on or off, or 0, as the message says
 */
public record VringState(int index, int num) {
  /** Bytes of the payload. */
  public static final int BYTES = 8;

  private static final int INDEX = 0;
  private static final int NUM = 4;

  /** Reads it from memory. */
  public static VringState read(long address) {
    return new VringState(Memory.getInt(address + INDEX), Memory.getInt(address + NUM));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putInt(address + INDEX, index);
    Memory.putInt(address + NUM, num);
  }
}
