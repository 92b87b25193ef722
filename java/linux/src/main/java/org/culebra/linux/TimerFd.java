package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * A timer as a descriptor that becomes readable, of CLOCK_MONOTONIC; for a queue that has to wake a
 * thread that sleeps on descriptors. Confined to the thread that owns it.
 *
 * <pre>
 *   0          8          16         24         32
 *   +----------+----------+----------+----------+
 *   |      it_interval    |      it_value       |  struct itimerspec: seconds, nanoseconds
 *   +----------+----------+----------+----------+
 * </pre>
 */
public final class TimerFd implements AutoCloseable {
  private static final int CLOCK_MONOTONIC = 1;
  private static final int NONBLOCK_CLOEXEC = 02000000 | 04000;
  private static final int SPEC_BYTES = 32;
  private static final int VALUE_SECONDS = 16;
  private static final int VALUE_NANOS = 24;
  private static final long NS_PER_S = 1_000_000_000L;
  private static final MethodHandle CREATE;
  private static final MethodHandle SET;

  static {
    try {
      NativeLibrary libc = NativeLibrary.load("libc.so.6");
      CREATE = libc.find("timerfd_create", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
      SET =
          libc.find(
              "timerfd_settime",
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    } catch (LinuxException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int fd;
  private final NativeBuffer spec;

  /**
   * Makes one that isn't set.
   *
   * @throws LinuxException when the process has no descriptor left
   */
  public TimerFd() throws LinuxException {
    int result;
    try {
      result = (int) CREATE.invokeExact(CLOCK_MONOTONIC, NONBLOCK_CLOEXEC);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    fd = LinuxException.check(result < 0 ? -Errno.EMFILE : result, "timerfd", "create");
    spec = NativeBuffer.allocate(SPEC_BYTES, Long.BYTES);
  }

  /** Returns the descriptor, which is readable once the time is over. */
  public int fd() {
    return fd;
  }

  /** Sets it anew: readable after so many nanoseconds, above 0. */
  public void set(long delayNs) {
    assert delayNs > 0;
    settime(delayNs / NS_PER_S, delayNs % NS_PER_S);
  }

  /** Stops it; it isn't readable any more. */
  public void stop() {
    settime(0, 0);
  }

  private void settime(long seconds, long nanos) {
    Memory.putLong(spec.address() + VALUE_SECONDS, seconds);
    Memory.putLong(spec.address() + VALUE_NANOS, nanos);
    int result;
    try {
      result = (int) SET.invokeExact(fd, 0, spec.address(), 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result == 0;
  }

  /** Closes it. */
  @Override
  public void close() {
    Fd.close(fd);
    spec.close();
  }
}
