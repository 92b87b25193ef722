package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Counters of the kernel that threads, processes and guests wake one another with. */
public final class EventFd {
  private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final MethodHandle OPEN =
      NativeLibrary.bind("culebra_eventfd", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle SIGNAL =
      NativeLibrary.bind("culebra_eventfd_signal", INT_OF_INT);
  private static final MethodHandle SIGNAL_FOREIGN =
      NativeLibrary.bind("culebra_eventfd_signal_foreign", INT_OF_INT);
  private static final MethodHandle DRAIN = NativeLibrary.bind("culebra_eventfd_drain", INT_OF_INT);

  private EventFd() {}

  /** Makes one: non-blocking, not signalled. */
  public static int open() throws LinuxException {
    int result;
    try {
      result = (int) OPEN.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return LinuxException.check(result, "eventfd", "0");
  }

  /**
   * Makes it readable.
   *
   * <p>Has nothing to say of errors: a full counter is readable anyhow. For our own: one that
   * blocks would block here, see {@link #signalForeign}.
   */
  public static void signal(int fd) {
    try {
      int ignored = (int) SIGNAL.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Makes one readable that another process made, whether it blocks or not; one that is full stays
   * as it is.
   */
  public static void signalForeign(int fd) {
    try {
      int ignored = (int) SIGNAL_FOREIGN.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Makes it unreadable, without ever waiting for a signal.
   *
   * @return whether it had been signalled
   */
  public static boolean drain(int fd) {
    try {
      return (int) DRAIN.invokeExact(fd) > 0;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
