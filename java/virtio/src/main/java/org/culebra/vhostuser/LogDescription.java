package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * Where the dirty log lies in its file (vhost-user: Log description).
 *
 * <pre>
 *   0          8            16
 *   +----------+------------+
 *   | log size | log offset |
 *   +----------+------------+
 * </pre>
 *
 * @param sizeBytes size of the log
 * @param offsetBytes where it begins in the file
 */
public record LogDescription(long sizeBytes, long offsetBytes) {
  /** Bytes of the payload. */
  public static final int BYTES = 16;

  private static final int SIZE_BYTES = 0;
  private static final int OFFSET_BYTES = 8;

  /** Reads it from memory. */
  public static LogDescription read(long address) {
    return new LogDescription(
        Memory.getLong(address + SIZE_BYTES), Memory.getLong(address + OFFSET_BYTES));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putLong(address + SIZE_BYTES, sizeBytes);
    Memory.putLong(address + OFFSET_BYTES, offsetBytes);
  }
}
