package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** The functions behind {@link Files} that don't move bytes, each as culebra.h says. */
final class FileCalls {
  private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor LONG_OF_INT = FunctionDescriptor.of(JAVA_LONG, JAVA_INT);
  private static final FunctionDescriptor SEEK =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final FunctionDescriptor RANGE =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final FunctionDescriptor RANGE_AND_KIND =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle OPEN =
      NativeLibrary.bind(
          "culebra_open", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle DATA_SYNC = NativeLibrary.bind("culebra_data_sync", INT_OF_INT);
  private static final MethodHandle TRUNCATE =
      NativeLibrary.bind("culebra_truncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle FALLOCATE =
      NativeLibrary.bind(
          "culebra_fallocate",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FILE_SIZE =
      NativeLibrary.bind("culebra_file_size", LONG_OF_INT);
  private static final MethodHandle FILE_ALLOCATED =
      NativeLibrary.bind("culebra_file_allocated", LONG_OF_INT);
  private static final MethodHandle SEEK_DATA = NativeLibrary.bind("culebra_seek_data", SEEK);
  private static final MethodHandle SEEK_HOLE = NativeLibrary.bind("culebra_seek_hole", SEEK);
  private static final MethodHandle ALIGNMENT =
      NativeLibrary.bind("culebra_direct_io_alignment", LONG_OF_INT);
  private static final MethodHandle LOCK = NativeLibrary.bind("culebra_lock", RANGE_AND_KIND);
  private static final MethodHandle UNLOCK = NativeLibrary.bind("culebra_unlock", RANGE);
  private static final MethodHandle IS_LOCKED =
      NativeLibrary.bind("culebra_is_locked", RANGE_AND_KIND);

  private FileCalls() {}

  static int open(long path, int flags, int mode) {
    try {
      return (int) OPEN.invokeExact(path, flags, mode);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int dataSync(int fd) {
    try {
      return (int) DATA_SYNC.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int truncate(int fd, long sizeBytes) {
    try {
      return (int) TRUNCATE.invokeExact(fd, sizeBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
    try {
      return (int) FALLOCATE.invokeExact(fd, mode, offsetBytes, lengthBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long fileSize(int fd) {
    try {
      return (long) FILE_SIZE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long fileAllocated(int fd) {
    try {
      return (long) FILE_ALLOCATED.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long seekData(int fd, long offsetBytes) {
    try {
      return (long) SEEK_DATA.invokeExact(fd, offsetBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long seekHole(int fd, long offsetBytes) {
    try {
      return (long) SEEK_HOLE.invokeExact(fd, offsetBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long directIoAlignment(int fd) {
    try {
      return (long) ALIGNMENT.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int lock(int fd, long offsetBytes, long lengthBytes, int exclusive) {
    try {
      return (int) LOCK.invokeExact(fd, offsetBytes, lengthBytes, exclusive);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int unlock(int fd, long offsetBytes, long lengthBytes) {
    try {
      return (int) UNLOCK.invokeExact(fd, offsetBytes, lengthBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int isLocked(int fd, long offsetBytes, long lengthBytes, int exclusive) {
    try {
      return (int) IS_LOCKED.invokeExact(fd, offsetBytes, lengthBytes, exclusive);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
