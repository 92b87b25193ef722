package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/**
 * The shared memory that tracks requests in flight (vhost-user: Inflight description).
 *
 * <pre>
 *   0           8             16           18           20
 *   +-----------+-------------+------------+------------+
 *   | mmap size | mmap offset | num queues | queue size |
 *   +-----------+-------------+------------+------------+
 * </pre>
 *
 * @param mmapSize size of the area, in bytes
 * @param mmapOffset where it begins in the file, in bytes
 * @param queueCount for how many vrings, 0 to 65535
 * @param queueSize descriptors of each vring, 0 to 65535
 */
public record InflightDescription(long mmapSize, long mmapOffset, int queueCount, int queueSize) {
  /** Bytes of the payload as specified. */
  public static final int BYTES = 20;

  /** Bytes of the payload as QEMU and others send it: a C structure padded to its alignment. */
  public static final int PADDED_BYTES = 24;

  private static final int MMAP_SIZE = 0;
  private static final int MMAP_OFFSET = 8;
  private static final int QUEUE_COUNT = 16;
  private static final int QUEUE_SIZE = 18;

  /** Reads it from memory. */
  public static InflightDescription read(long address) {
    return new InflightDescription(
        Memory.getLong(address + MMAP_SIZE),
        Memory.getLong(address + MMAP_OFFSET),
        Memory.getShort(address + QUEUE_COUNT),
        Memory.getShort(address + QUEUE_SIZE));
  }

  /** Writes it to memory. */
  public void write(long address) {
    Memory.putLong(address + MMAP_SIZE, mmapSize);
    Memory.putLong(address + MMAP_OFFSET, mmapOffset);
    Memory.putShort(address + QUEUE_COUNT, queueCount);
    Memory.putShort(address + QUEUE_SIZE, queueSize);
  }
}
