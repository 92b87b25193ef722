package org.culebra.linux.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import org.culebra.linux.NativeLibrary;

/** The functions of libculebra behind a ring, each as culebra.h says. */
final class UringCalls {
  private static final MethodHandle SETUP =
      NativeLibrary.bind(
          "culebra_uring_setup", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MAP =
      NativeLibrary.bind(
          "culebra_uring_map", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle UNMAP =
      NativeLibrary.bind("culebra_unmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle ENTER =
      NativeLibrary.bind(
          "culebra_uring_enter",
          FunctionDescriptor.of(
              JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle REGISTER =
      NativeLibrary.bind(
          "culebra_uring_register",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));

  private UringCalls() {}

  static int setup(int entries, long params) {
    try {
      return (int) SETUP.invokeExact(entries, params);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static long map(int fd, long lengthBytes, long offsetBytes) {
    try {
      return (long) MAP.invokeExact(fd, lengthBytes, offsetBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void unmap(long address, long lengthBytes) {
    int result;
    try {
      result = (int) UNMAP.invokeExact(address, lengthBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result == 0 : result;
  }

  static int enter(int fd, int toSubmit, int minComplete, int flags, long argument, long bytes) {
    try {
      return (int) ENTER.invokeExact(fd, toSubmit, minComplete, flags, argument, bytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int register(int fd, int opcode, long argument, int count) {
    try {
      return (int) REGISTER.invokeExact(fd, opcode, argument, count);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
