package org.culebra.linux;

/**
 * Scattered memory, laid out as the kernel's array of {@code struct iovec}, so that it is passed to
 * {@code readv}, {@code sendmsg} and io_uring as it stands.
 *
 * <pre>
 *   0        8        16
 *   +--------+--------+
 *   |  base  |  len   |  one segment
 *   +--------+--------+
 * </pre>
 *
 * <p>Grows by doubling up to its limit and keeps what it grew to. Confined to the thread that fills
 * it; read-only for the layers it is handed to, until the request that carries it has completed.
 */
public final class IoVector implements AutoCloseable {
  /** Bytes of one {@code struct iovec} on a 64-bit machine. */
  public static final int IOVEC_BYTES = 16;

  /** The kernel's bound on segments of one call (UIO_MAXIOV). */
  public static final int KERNEL_SEGMENTS_MAX = 1024;

  private static final int SEGMENTS_INITIAL = 4;

  private final int segmentsMax;
  private NativeBuffer memory;
  private long iovecAddress;
  private int capacity;
  private int first;
  private int count;
  private long lengthBytes;

  /**
   * Makes an empty vector.
   *
   * @param segmentsMax how many segments it may hold at most, above 0
   */
  public IoVector(int segmentsMax) {
    assert segmentsMax > 0;
    this.segmentsMax = segmentsMax;
    reserve(Math.min(segmentsMax, SEGMENTS_INITIAL));
  }

  /** Makes a vector of one segment. */
  public static IoVector of(long address, long lengthBytes) {
    IoVector vector = new IoVector(1);
    vector.add(address, lengthBytes);
    return vector;
  }

  /** Empties it; its memory is kept. */
  public void clear() {
    first = 0;
    count = 0;
    lengthBytes = 0;
  }

  /**
   * Appends memory; one that begins where the last segment ends lengthens that segment.
   *
   * @return false, with nothing changed, when the limit of segments is reached
   */
  public boolean add(long address, long segmentBytes) {
    if (segmentBytes == 0) {
      return true;
    }
    if (count > 0 && address(count - 1) + length(count - 1) == address) {
      Memory.putLong(entry(count - 1) + 8, length(count - 1) + segmentBytes);
    } else {
      if (first + count == capacity && !makeRoom()) {
        return false;
      }
      Memory.putLong(entry(count), address);
      Memory.putLong(entry(count) + 8, segmentBytes);
      count++;
    }
    lengthBytes += segmentBytes;
    return true;
  }

  /**
   * Appends a part of another vector.
   *
   * @param from another vector
   * @param offsetBytes where the part begins in it
   * @param partBytes how long it is; the other vector holds it all
   * @return false when the limit of segments was reached before the end of the part
   */
  public boolean addSlice(IoVector from, long offsetBytes, long partBytes) {
    assert offsetBytes + partBytes <= from.lengthBytes;
    long skip = offsetBytes;
    long left = partBytes;
    for (int i = 0; left > 0; i++) {
      long length = from.length(i);
      if (skip >= length) {
        skip -= length;
        continue;
      }
      long take = Math.min(length - skip, left);
      if (!add(from.address(i) + skip, take)) {
        return false;
      }
      skip = 0;
      left -= take;
    }
    return true;
  }

  /** Takes bytes away at the beginning, at most all of them. */
  public void dropFirst(long dropBytes) {
    assert dropBytes <= lengthBytes;
    long left = dropBytes;
    while (left > 0) {
      long take = Math.min(left, length(0));
      Memory.putLong(entry(0), address(0) + take);
      Memory.putLong(entry(0) + 8, length(0) - take);
      if (length(0) == 0) {
        first++;
        count--;
      }
      left -= take;
    }
    lengthBytes -= dropBytes;
  }

  /** Takes bytes away at the end, at most all of them. */
  public void dropLast(long dropBytes) {
    assert dropBytes <= lengthBytes;
    long left = dropBytes;
    while (left > 0) {
      int last = count - 1;
      long take = Math.min(left, length(last));
      Memory.putLong(entry(last) + 8, length(last) - take);
      if (length(last) == 0) {
        count--;
      }
      left -= take;
    }
    lengthBytes -= dropBytes;
  }

  /** Returns how many segments there are. */
  public int count() {
    return count;
  }

  /** Returns the sum of the segments' lengths. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** Returns the address of a segment. */
  public long address(int index) {
    assert index < count;
    return Memory.getLong(entry(index));
  }

  /** Returns the length of a segment in bytes. */
  public long length(int index) {
    assert index < count;
    return Memory.getLong(entry(index) + 8);
  }

  /** Returns the address of the array of {@code struct iovec}; it moves when the vector grows. */
  public long iovecAddress() {
    return entry(0);
  }

  /** Copies bytes out of the vector to one piece of memory. */
  public void copyTo(long offsetBytes, long toAddress, long partBytes) {
    copy(offsetBytes, toAddress, partBytes, true);
  }

  /** Copies bytes of one piece of memory into the vector. */
  public void copyFrom(long offsetBytes, long fromAddress, long partBytes) {
    copy(offsetBytes, fromAddress, partBytes, false);
  }

  /** Sets a part of the memory to zeroes. */
  public void zero(long offsetBytes, long partBytes) {
    copy(offsetBytes, 0, partBytes, false);
  }

  private void copy(long offsetBytes, long address, long partBytes, boolean out) {
    assert offsetBytes + partBytes <= lengthBytes;
    long skip = offsetBytes;
    long done = 0;
    for (int i = 0; done < partBytes; i++) {
      long length = length(i);
      if (skip >= length) {
        skip -= length;
        continue;
      }
      long take = Math.min(length - skip, partBytes - done);
      long own = address(i) + skip;
      if (out) {
        Memory.copy(own, address + done, take);
      } else if (address == 0) {
        Memory.fill(own, take, (byte) 0);
      } else {
        Memory.copy(address + done, own, take);
      }
      skip = 0;
      done += take;
    }
  }

  private long entry(int index) {
    return iovecAddress + (long) (first + index) * IOVEC_BYTES;
  }

  private void reserve(int segments) {
    NativeBuffer grown = NativeBuffer.allocate((long) segments * IOVEC_BYTES, IOVEC_BYTES);
    if (memory != null) {
      Memory.copy(iovecAddress, grown.address(), (long) (first + count) * IOVEC_BYTES);
      memory.close();
    }
    memory = grown;
    iovecAddress = grown.address();
    capacity = segments;
  }

  private boolean makeRoom() {
    if (first > 0) {
      compact();
      return true;
    }
    if (capacity == segmentsMax) {
      return false;
    }
    reserve(Math.min(segmentsMax, capacity * 2));
    return true;
  }

  /** Moves the segments to the beginning of the array, where dropped ones were. */
  private void compact() {
    Memory.copy(entry(0), iovecAddress, (long) count * IOVEC_BYTES);
    first = 0;
  }

  /** Frees the array; the memory it points at isn't its own. */
  @Override
  public void close() {
    memory.close();
    capacity = 0;
    count = 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ")
          .append("0x")
          .append(Long.toHexString(address(i)))
          .append("+")
          .append(length(i));
    }
    return text.append("]").toString();
  }
}
