package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.File;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** File descriptors of any kind. */
public final class Fd {
  private static final MethodHandle CLOSE =
      NativeLibrary.bind("culebra_close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle DUPLICATE =
      NativeLibrary.bind("culebra_duplicate", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle SET_NON_BLOCKING =
      NativeLibrary.bind(
          "culebra_set_non_blocking", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private Fd() {}

  /** Closes a descriptor; one below 0 is none and ignored. */
  public static void close(int fd) {
    if (fd < 0) {
      return;
    }
    int result;
    try {
      result = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result != -Errno.EBADF : "close " + fd + ": not open";
  }

  /** Returns another descriptor of the same open file description. */
  public static int duplicate(int fd) throws LinuxException {
    int result;
    try {
      result = (int) DUPLICATE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return LinuxException.check(result, "duplicate fd", fd);
  }

  /** Says whether calls return EAGAIN instead of waiting; holds for all duplicates. */
  public static void setNonBlocking(int fd, boolean on) throws LinuxException {
    int result;
    try {
      result = (int) SET_NON_BLOCKING.invokeExact(fd, on ? 1 : 0);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    LinuxException.check(result, "set non-blocking fd", fd);
  }

  /** Returns how many descriptors this process has open; for tests of leaks. */
  public static int openCount() {
    String[] names = new File("/proc/self/fd").list();
    assert names != null : "/proc/self/fd";
    return names.length - 1; // without the one that lists
  }
}
