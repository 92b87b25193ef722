package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * A file, or the beginning of one, in the address space.
 *
 * <pre>
 *   file   0            offset          offset + size   end of page
 *          +--------------+----------------+-----------------+
 *          |   mapped too |  the region    |  mapped too     |
 *          +--------------+----------------+-----------------+
 *                         ^ address()
 * </pre>
 *
 * <p>Maps from the file's beginning, because an offset needn't be a multiple of the page size,
 * least of all of a huge page. Any thread may use and close it; who closes it knows that nobody,
 * the kernel included, uses it any more.
 */
public final class Mapping implements AutoCloseable {
  private static final FunctionDescriptor LONG_OF_INT = FunctionDescriptor.of(JAVA_LONG, JAVA_INT);
  private static final MethodHandle PAGE_SIZE =
      NativeLibrary.bind("culebra_page_size", LONG_OF_INT);
  private static final MethodHandle MAP =
      NativeLibrary.bind(
          "culebra_map", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle UNMAP =
      NativeLibrary.bind("culebra_unmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final int NO_FILE = -1;

  private final long offsetBytes;
  private final long sizeBytes;
  private final long mappedBytes;
  private long mapped;

  private Mapping(long mapped, long mappedBytes, long offsetBytes, long sizeBytes) {
    this.mapped = mapped;
    this.mappedBytes = mappedBytes;
    this.offsetBytes = offsetBytes;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Maps a region of a file, shared with all who map it; the descriptor may be closed afterwards.
   *
   * <p>Nothing is reserved: a page comes into being when it is touched.
   *
   * @param sizeBytes above 0; neither it nor the offset need be a multiple of anything
   * @throws LinuxException EINVAL when the region isn't within the file
   */
  public static Mapping map(int fd, long offsetBytes, long sizeBytes, boolean writable)
      throws LinuxException {
    String operation =
        String.format("map fd %d: offset 0x%x, size 0x%x", fd, offsetBytes, sizeBytes);
    if (offsetBytes < 0 || sizeBytes <= 0 || offsetBytes > Long.MAX_VALUE - sizeBytes) {
      String rule = "offset + size is at most 2^63 - 1 and size above 0";
      throw LinuxException.withRule(operation, Errno.EINVAL, rule);
    }
    long fileBytes = FileCalls.fileSize(fd);
    if (fileBytes >= 0 && offsetBytes + sizeBytes > fileBytes) {
      String rule = String.format("past the end of the file, 0x%x", fileBytes);
      throw LinuxException.withRule(operation, Errno.EINVAL, rule);
    }
    return map(operation, fd, offsetBytes, sizeBytes, writable);
  }

  /** Maps zeroed memory that is this process's own. */
  public static Mapping anonymous(long sizeBytes) throws LinuxException {
    assert sizeBytes > 0 : sizeBytes;
    return map("map memory: size " + sizeBytes, NO_FILE, 0, sizeBytes, true);
  }

  private static Mapping map(
      String operation, int fd, long offsetBytes, long sizeBytes, boolean writable)
      throws LinuxException {
    long page = LinuxException.check(pageSize(fd), operation, "(page size)");
    long end = offsetBytes + sizeBytes;
    long mappedBytes = (end + page - 1) & -page;
    if (mappedBytes < end) {
      throw new LinuxException(operation, Errno.ENOMEM);
    }
    long mapped;
    try {
      mapped = (long) MAP.invokeExact(fd, mappedBytes, writable ? 1 : 0);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (mapped < 0) {
      throw new LinuxException(operation, (int) -mapped);
    }
    return new Mapping(mapped, mappedBytes, offsetBytes, sizeBytes);
  }

  private static long pageSize(int fd) {
    try {
      return (long) PAGE_SIZE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Returns where the region begins; not to be asked for once it is closed. */
  public long address() {
    assert mapped != 0 : "closed";
    return mapped + offsetBytes;
  }

  /** Returns how large the region is. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Returns how much of the address space it takes: a multiple of the page size. */
  long mappedBytes() {
    return mappedBytes;
  }

  /** Unmaps it; a second time it does nothing. */
  @Override
  public void close() {
    long closing = mapped;
    mapped = 0;
    if (closing == 0) {
      return;
    }
    int result;
    try {
      result = (int) UNMAP.invokeExact(closing, mappedBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result == 0 : Errno.name(-result);
  }
}
