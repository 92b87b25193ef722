package org.culebra.backend;

import java.util.function.Consumer;

/**
 * What a process of the back-end is told at its start.
 *
 * @param pollMode what queue agents do when idle
 * @param cpus the CPUs to pin queue agents to, one agent each; empty: unpinned, as many agents as
 *     half the CPUs, at least one
 * @param drainTimeoutNs how long requests in flight may take to end before they are cancelled
 * @param errors gets one line per distinct fault; called from any thread
 */
public record BackendOptions(
    PollMode pollMode, int[] cpus, long drainTimeoutNs, Consumer<String> errors) {
  /** The drain bound when nothing is said: 10 s. */
  public static final long DRAIN_TIMEOUT_NS_DEFAULT = 10_000_000_000L;

  /** Returns the options when nothing is said. */
  public static BackendOptions defaults(Consumer<String> errors) {
    return new BackendOptions(PollMode.ADAPTIVE, new int[0], DRAIN_TIMEOUT_NS_DEFAULT, errors);
  }
}
