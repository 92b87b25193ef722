package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Files and block devices by descriptor.
 *
 * <p>Those that move bytes allocate nothing and return what was moved, or {@code -errno}; they
 * block as the file does. Locks belong to the open file description (OFD): to a descriptor and its
 * duplicates, not to the process.
 */
public final class Files {
  /** Opens for reading. */
  public static final int O_RDONLY = 0;

  /** Opens for writing. */
  public static final int O_WRONLY = 1;

  /** Opens for both. */
  public static final int O_RDWR = 2;

  /** Makes the file when there is none. */
  public static final int O_CREAT = 0x40;

  /** With {@link #O_CREAT}: there must be none. */
  public static final int O_EXCL = 0x80;

  /** Empties the file. */
  public static final int O_TRUNC = 0x200;

  /** Doesn't wait for a FIFO's other end. */
  public static final int O_NONBLOCK = 0x800;

  /** Each write is durable, with what is needed to read it back. */
  public static final int O_DSYNC = 0x1000;

  /** Passes by the page cache. */
  public static final int O_DIRECT = (int) Layout.value("O_DIRECT");

  /** Only a directory. */
  public static final int O_DIRECTORY = (int) Layout.value("O_DIRECTORY");

  /** Not through a symbolic link. */
  public static final int O_NOFOLLOW = (int) Layout.value("O_NOFOLLOW");

  /** This write is durable when it returns. */
  public static final int RWF_DSYNC = 2;

  /** {@code -EAGAIN} instead of waiting. */
  public static final int RWF_NOWAIT = 8;

  /** Leaves the file's size as it is. */
  public static final int FALLOC_FL_KEEP_SIZE = 1;

  /** Gives the blocks back; with {@link #FALLOC_FL_KEEP_SIZE}. */
  public static final int FALLOC_FL_PUNCH_HOLE = 2;

  /** Makes zeroes, keeps the blocks. */
  public static final int FALLOC_FL_ZERO_RANGE = 0x10;

  private static final FunctionDescriptor MOVE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final FunctionDescriptor MOVE_VECTOR =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle PREAD = NativeLibrary.bind("culebra_pread", MOVE);
  private static final MethodHandle PWRITE = NativeLibrary.bind("culebra_pwrite", MOVE);
  private static final MethodHandle PREADV = NativeLibrary.bind("culebra_preadv", MOVE_VECTOR);
  private static final MethodHandle PWRITEV = NativeLibrary.bind("culebra_pwritev", MOVE_VECTOR);

  private Files() {}

  /**
   * Opens a file, close-on-exec.
   *
   * @param mode permissions of a file that is made
   */
  public static int open(Path path, int flags, int mode) throws LinuxException {
    try (NativeBuffer text = CString.of(path.toString())) {
      return LinuxException.check(FileCalls.open(text.address(), flags, mode), "open", path);
    }
  }

  /** Reads; less than asked at the end of the file, 0 past it; at most 2 GiB less a page. */
  public static int pread(int fd, long address, long lengthBytes, long offsetBytes) {
    try {
      return (int) (long) PREAD.invokeExact(fd, address, lengthBytes, offsetBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Writes; at most 2 GiB less a page. */
  public static int pwrite(int fd, long address, long lengthBytes, long offsetBytes) {
    try {
      return (int) (long) PWRITE.invokeExact(fd, address, lengthBytes, offsetBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Reads into scattered memory; at most {@link IoVector#KERNEL_SEGMENTS_MAX} segments. */
  public static long preadVector(
      int fd, long iovecAddress, int count, long offsetBytes, int rwFlags) {
    try {
      return (long) PREADV.invokeExact(fd, iovecAddress, count, offsetBytes, rwFlags);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Writes scattered memory; at most {@link IoVector#KERNEL_SEGMENTS_MAX} segments. */
  public static long pwriteVector(
      int fd, long iovecAddress, int count, long offsetBytes, int rwFlags) {
    try {
      return (long) PWRITEV.invokeExact(fd, iovecAddress, count, offsetBytes, rwFlags);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Makes all writes durable that have returned; 0 or {@code -errno}. */
  public static int dataSync(int fd) {
    return FileCalls.dataSync(fd);
  }

  /** Sets the size of a file. */
  public static void truncate(int fd, long sizeBytes) throws LinuxException {
    int result = FileCalls.truncate(fd, sizeBytes);
    LinuxException.check(result, "truncate fd " + fd + ": size", sizeBytes);
  }

  /**
   * Allocates, frees or zeroes blocks.
   *
   * @param mode a sum of {@link #FALLOC_FL_KEEP_SIZE} and so on
   * @return 0 or {@code -errno}
   */
  public static int allocate(int fd, int mode, long offsetBytes, long lengthBytes) {
    return FileCalls.fallocate(fd, mode, offsetBytes, lengthBytes);
  }

  /** Returns the size of a regular file or a block device. */
  public static long sizeBytes(int fd) throws LinuxException {
    return LinuxException.check(FileCalls.fileSize(fd), "size of fd", fd);
  }

  /** Returns the room that a file takes in its file system. */
  public static long allocatedBytes(int fd) throws LinuxException {
    return LinuxException.check(FileCalls.fileAllocated(fd), "allocated room of fd", fd);
  }

  /** Returns where the next data begins at or after an offset, {@code -ENXIO} for no more. */
  public static long seekData(int fd, long offsetBytes) {
    return FileCalls.seekData(fd, offsetBytes);
  }

  /**
   * Returns where the next hole begins at or after an offset; the end of the file counts as one.
   */
  public static long seekHole(int fd, long offsetBytes) {
    return FileCalls.seekHole(fd, offsetBytes);
  }

  /** Returns what O_DIRECT asks of this file; of one that can't be asked: not supported. */
  public static DirectIoAlignment directIoAlignment(int fd) {
    long alignment = Math.max(FileCalls.directIoAlignment(fd), 0);
    return new DirectIoAlignment((int) (alignment >>> Integer.SIZE), (int) alignment);
  }

  /**
   * Locks bytes, or changes the kind of a lock; the bytes needn't exist. Never waits.
   *
   * @param lengthBytes 0: all from the offset on
   * @param exclusive or shared; exclusive needs a descriptor open for writing, shared for reading
   * @return false when another open file description holds one that excludes it
   */
  public static boolean lock(int fd, long offsetBytes, long lengthBytes, boolean exclusive)
      throws LinuxException {
    int result = FileCalls.lock(fd, offsetBytes, lengthBytes, exclusive ? 1 : 0);
    if (result == -Errno.EAGAIN) {
      return false;
    }
    LinuxException.check(result, range("lock", fd, offsetBytes), lengthBytes);
    return true;
  }

  /** Says whether another open file description holds a lock that would exclude this one. */
  public static boolean isLocked(int fd, long offsetBytes, long lengthBytes, boolean exclusive)
      throws LinuxException {
    int result = FileCalls.isLocked(fd, offsetBytes, lengthBytes, exclusive ? 1 : 0);
    return LinuxException.check(result, range("get lock", fd, offsetBytes), lengthBytes) == 1;
  }

  /** Unlocks bytes; those that aren't locked are ignored. */
  public static void unlock(int fd, long offsetBytes, long lengthBytes) throws LinuxException {
    int result = FileCalls.unlock(fd, offsetBytes, lengthBytes);
    LinuxException.check(result, range("unlock", fd, offsetBytes), lengthBytes);
  }

  private static String range(String operation, int fd, long offsetBytes) {
    return operation + " fd " + fd + ": offset " + offsetBytes + ", length";
  }
}
