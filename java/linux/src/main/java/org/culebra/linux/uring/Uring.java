package org.culebra.linux.uring;

import org.culebra.linux.LinuxException;

/** Whether io_uring is to be had: containers and hardened hosts forbid it. */
public final class Uring {
  /** Name of the system property that forbids io_uring to this process when it is {@code off}. */
  public static final String PROPERTY = "culebra.uring";

  private Uring() {}

  /** Makes a ring and closes it again: true when that went well. */
  public static boolean isAvailable() {
    try (Ring ring = new Ring(1)) {
      return ring.fd() >= 0;
    } catch (LinuxException e) {
      return false;
    }
  }

  static boolean isForbidden() {
    return "off".equals(System.getProperty(PROPERTY));
  }
}
