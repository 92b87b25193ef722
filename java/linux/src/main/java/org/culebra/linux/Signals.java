package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/** Signals as something to read; the JVM runs with {@code -Xrs} and leaves them to us. */
public final class Signals {
  /** The terminal is gone. */
  public static final int SIGHUP = 1;

  /** Ctrl-C. */
  public static final int SIGINT = 2;

  /** Ours to give a meaning. */
  public static final int SIGUSR1 = 10;

  /** End, please. */
  public static final int SIGTERM = 15;

  private static final int NUMBER_MAX = 64;
  private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final MethodHandle OPEN =
      NativeLibrary.bind("culebra_signals_open", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  private static final MethodHandle TAKE = NativeLibrary.bind("culebra_signals_take", INT_OF_INT);
  private static final MethodHandle CLOSE = NativeLibrary.bind("culebra_signals_close", INT_OF_INT);
  private static final MethodHandle SEND =
      NativeLibrary.bind(
          "culebra_signal_send", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));

  private Signals() {}

  /**
   * Catches signals from now on.
   *
   * @return a descriptor that is readable when one came; only {@link #close} may close it
   * @throws LinuxException EBUSY when one of them is caught already
   */
  public static int open(int... signals) throws LinuxException {
    long mask = 0;
    for (int signal : signals) {
      assert signal > 0 && signal <= NUMBER_MAX : signal;
      mask |= 1L << (signal - 1);
    }
    int result;
    try {
      result = (int) OPEN.invokeExact(mask);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return LinuxException.check(result, "catch signals", Arrays.toString(signals));
  }

  /**
   * Returns a signal that came, each once and the lowest first; several of one number may be told
   * as one. The descriptor stays readable while there are more.
   *
   * @return its number, 0: none
   */
  public static int take(int fd) {
    int result;
    try {
      result = (int) TAKE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result >= 0 : Errno.name(-result);
    return result;
  }

  /** Gives the signals the effect that they had before, and closes the descriptor. */
  public static void close(int fd) {
    try {
      int ignored = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a signal to a process. */
  public static void send(long pid, int signal) throws LinuxException {
    int result;
    try {
      result = (int) SEND.invokeExact(pid, signal);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    LinuxException.check(result, "send signal " + signal + " to", pid);
  }
}
