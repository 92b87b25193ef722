package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Files that lie in memory and nowhere else, to be mapped and passed to other processes. */
public final class MemFd {
  private static final MethodHandle CREATE =
      NativeLibrary.bind(
          "culebra_memfd", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SEAL =
      NativeLibrary.bind("culebra_memfd_seal", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private MemFd() {}

  /**
   * Makes a file of zeroes; pages come into being when they are touched.
   *
   * @param name shown in /proc/PID/maps
   */
  public static int create(String name, long sizeBytes) throws LinuxException {
    return createHuge(name, sizeBytes, 0);
  }

  /**
   * Makes a file of huge pages.
   *
   * @param hugePageShift log2 of their size: 21 for 2 MiB
   */
  public static int createHuge(String name, long sizeBytes, int hugePageShift)
      throws LinuxException {
    int result;
    try (NativeBuffer text = CString.of(name)) {
      result = (int) CREATE.invokeExact(text.address(), sizeBytes, hugePageShift);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return LinuxException.check(result, "memfd " + name + ": size", sizeBytes);
  }

  /** Forbids for ever that the file grows or shrinks: whoever maps it is safe from SIGBUS. */
  public static void seal(int fd) throws LinuxException {
    int result;
    try {
      result = (int) SEAL.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    LinuxException.check(result, "seal fd", fd);
  }
}
