package org.culebra.linux;

import java.io.IOException;

/** A system call that failed: {@code connect /tmp/x.sock: ECONNREFUSED (Connection refused)}. */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * Makes one whose text ends in the error's name and message.
   *
   * @param operation the call and what it was called with
   * @param errno above 0
   */
  public LinuxException(String operation, int errno) {
    this(operation, errno, null);
  }

  LinuxException(String operation, int errno, Throwable cause) {
    super(operation + ": " + Errno.name(errno) + " (" + Errno.message(errno) + ")", cause);
    this.errno = errno;
  }

  private LinuxException(String text, int errno, boolean complete) {
    super(text);
    assert complete;
    this.errno = errno;
  }

  /** Makes one whose rule is told in other words than the system's. */
  static LinuxException withRule(String operation, int errno, String rule) {
    return new LinuxException(operation + ": " + rule, errno, true);
  }

  /** Returns a result, or throws when it is {@code -errno}. */
  static int check(int result, String operation, Object argument) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(operation + " " + argument, -result);
    }
    return result;
  }

  /** Returns a result, or throws when it is {@code -errno}. */
  static long check(long result, String operation, Object argument) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(operation + " " + argument, (int) -result);
    }
    return result;
  }

  /** Returns the number of the error, above 0: one of {@link Errno}. */
  public int errno() {
    return errno;
  }
}
