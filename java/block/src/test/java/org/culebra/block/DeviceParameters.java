package org.culebra.block;

/**
 * What a contract test wants its device to be.
 *
 * @param capacityBytes its size; of a growable one, at first
 * @param readOnly whether it refuses to be changed
 * @param growable whether a write past the end makes it longer
 */
public record DeviceParameters(long capacityBytes, boolean readOnly, boolean growable) {
  /** 4 MiB, to be read and written. */
  public static final DeviceParameters DEFAULT = new DeviceParameters(4 << 20, false, false);

  /** The same, read-only. */
  public static final DeviceParameters READ_ONLY = new DeviceParameters(4 << 20, true, false);

  /** 64 KiB at first, growing. */
  public static final DeviceParameters GROWABLE = new DeviceParameters(64 << 10, false, true);
}
