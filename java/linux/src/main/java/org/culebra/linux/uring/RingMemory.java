package org.culebra.linux.uring;

import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;
import org.culebra.linux.NativeBuffer;

/**
 * A ring's descriptor and its two mappings: both rings in one, the submission entries in the other.
 *
 * <pre>
 *   struct io_uring_params
 *   0          4          8       12            20         40       80       120
 *   +----------+----------+-------+-------------+----------+--------+--------+
 *   |sq_entries|cq_entries| flags |    ...      |features..| sq_off | cq_off |
 *   +----------+----------+-------+-------------+----------+--------+--------+
 *
 *   struct io_sqring_offsets                    struct io_cqring_offsets
 *   0     4     8     12       16     20  24    0     4     8     12       16        20
 *   +-----+-----+-----+--------+------+---+-----+-----+-----+-----+--------+---------+----+
 *   | head| tail| mask| entries| flags|...|array| head| tail| mask| entries| overflow|cqes|
 *   +-----+-----+-----+--------+------+---+-----+-----+-----+-----+--------+---------+----+
 * </pre>
 */
final class RingMemory implements AutoCloseable {
  static final int PARAMS_BYTES = 120;
  static final int SQ_ENTRIES_OFFSET = 0;
  static final int CQ_ENTRIES_OFFSET = 4;
  static final int FLAGS_OFFSET = 8;
  static final int FEATURES_OFFSET = 20;
  static final int SQ_OFF_OFFSET = 40;
  static final int CQ_OFF_OFFSET = 80;
  static final int HEAD_OFFSET = 0;
  static final int TAIL_OFFSET = 4;
  static final int SQ_FLAGS_OFFSET = 16;
  static final int SQ_ARRAY_OFFSET = 24;
  static final int CQES_OFFSET = 20;
  static final int SETUP_CQSIZE = 1 << 3;
  static final int FEAT_SINGLE_MMAP = 1;
  static final int FEAT_NODROP = 1 << 1;
  static final int FEAT_EXT_ARG = 1 << 8;
  static final long OFF_SQ_RING = 0;
  static final long OFF_SQES = 0x10000000;

  private static final int FEATURES_NEEDED = FEAT_SINGLE_MMAP | FEAT_NODROP | FEAT_EXT_ARG;

  final int fd;
  final int sqEntries;
  final int cqEntries;
  final long sqHeadAddress;
  final long sqTailAddress;
  final long sqFlagsAddress;
  final long sqesAddress;
  final long cqHeadAddress;
  final long cqTailAddress;
  final long cqesAddress;
  private final long ringsAddress;
  private final long ringsBytes;

  /** Makes a ring; the kernel rounds both numbers up to powers of two. */
  RingMemory(int entries, int completions) throws LinuxException {
    try (NativeBuffer buffer = NativeBuffer.allocate(PARAMS_BYTES, Long.BYTES)) {
      long params = buffer.address();
      Memory.putInt(params + FLAGS_OFFSET, SETUP_CQSIZE);
      Memory.putInt(params + CQ_ENTRIES_OFFSET, completions);
      fd = setup(entries, completions, params);
      sqEntries = Memory.getInt(params + SQ_ENTRIES_OFFSET);
      cqEntries = Memory.getInt(params + CQ_ENTRIES_OFFSET);
      long sqOff = params + SQ_OFF_OFFSET;
      long cqOff = params + CQ_OFF_OFFSET;
      int arrayOffset = Memory.getInt(sqOff + SQ_ARRAY_OFFSET);
      int cqesOffset = Memory.getInt(cqOff + CQES_OFFSET);
      long arrayEnd = arrayOffset + (long) sqEntries * Integer.BYTES;
      long cqesEnd = cqesOffset + (long) cqEntries * CompletionQueue.CQE_BYTES;
      ringsBytes = Math.max(arrayEnd, cqesEnd);
      ringsAddress = map(ringsBytes, OFF_SQ_RING);
      sqesAddress = mapSqes();
      sqHeadAddress = ringsAddress + Memory.getInt(sqOff + HEAD_OFFSET);
      sqTailAddress = ringsAddress + Memory.getInt(sqOff + TAIL_OFFSET);
      sqFlagsAddress = ringsAddress + Memory.getInt(sqOff + SQ_FLAGS_OFFSET);
      cqHeadAddress = ringsAddress + Memory.getInt(cqOff + HEAD_OFFSET);
      cqTailAddress = ringsAddress + Memory.getInt(cqOff + TAIL_OFFSET);
      cqesAddress = ringsAddress + cqesOffset;
      fillArray(ringsAddress + arrayOffset);
    }
  }

  private static int setup(int entries, int completions, long params) throws LinuxException {
    String operation = "io_uring_setup " + entries + " entries, " + completions + " completions";
    if (Uring.isForbidden()) {
      throw new LinuxException(operation + ", " + Uring.PROPERTY + "=off", Errno.EPERM);
    }
    int fd = UringCalls.setup(entries, params);
    if (fd < 0) {
      throw new LinuxException(operation, -fd);
    }
    int features = Memory.getInt(params + FEATURES_OFFSET);
    if ((features & FEATURES_NEEDED) != FEATURES_NEEDED) {
      Fd.close(fd);
      String have = String.format(", features 0x%x: before Linux 5.11", features);
      throw new LinuxException(operation + have, Errno.ENOSYS);
    }
    return fd;
  }

  private long map(long lengthBytes, long offsetBytes) throws LinuxException {
    long address = UringCalls.map(fd, lengthBytes, offsetBytes);
    if (address < 0) {
      Fd.close(fd);
      throw new LinuxException("map " + lengthBytes + " bytes of an io_uring", (int) -address);
    }
    return address;
  }

  private long mapSqes() throws LinuxException {
    try {
      return map(sqesBytes(), OFF_SQES);
    } catch (LinuxException e) {
      UringCalls.unmap(ringsAddress, ringsBytes);
      throw e;
    }
  }

  /** Entry i of the ring is entry i of the array of submission entries, for good. */
  private void fillArray(long arrayAddress) {
    for (int i = 0; i < sqEntries; i++) {
      Memory.putInt(arrayAddress + (long) i * Integer.BYTES, i);
    }
  }

  private long sqesBytes() {
    return (long) sqEntries * Sqe.SQE_BYTES;
  }

  @Override
  public void close() {
    UringCalls.unmap(sqesAddress, sqesBytes());
    UringCalls.unmap(ringsAddress, ringsBytes);
    Fd.close(fd);
  }
}
