package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * Which way the back-end's state is to go (vhost-user: Device state transfer parameters).
 *
 * <pre>
 *   0                    4                 8
 *   +--------------------+-----------------+
 *   | transfer direction | migration phase |
 *   +--------------------+-----------------+
 * </pre>
 *
 * @param direction {@link #SAVE} or {@link #LOAD}
 * @param phase {@link #STOPPED}
 */
public record DeviceStateTransfer(int direction, int phase) {
  /** Bytes of the payload. */
  public static final int BYTES = 8;

  /** Direction: from the back-end to the front-end, at the source. */
  public static final int SAVE = 0;

  /** Direction: from the front-end to the back-end, at the destination. */
  public static final int LOAD = 1;

  /** Phase: the guest is stopped and the device suspended. */
  public static final int STOPPED = 0;

  private static final int DIRECTION = 0;
  private static final int PHASE = 4;

  /** Reads it from memory. */
  public static DeviceStateTransfer read(long address) {
    return new DeviceStateTransfer(
        Memory.getInt(address + DIRECTION), Memory.getInt(address + PHASE));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putInt(address + DIRECTION, direction);
    Memory.putInt(address + PHASE, phase);
  }
}
