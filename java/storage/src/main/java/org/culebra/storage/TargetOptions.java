package org.culebra.storage;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * How a target is opened.
 *
 * @param readOnly nothing is written, whatever the target allows
 * @param connectTimeoutNs how long connecting to a server and its handshake may take together
 * @param stallTimeoutNs how long a server may stop within a message
 * @param connectionsMax how many connections to one export are made at most, above 0
 * @param errors takes one line for each connection that breaks; called on the queue's thread
 * @param clock nanoseconds of some origin, as of {@link System#nanoTime()}
 */
public record TargetOptions(
    boolean readOnly,
    long connectTimeoutNs,
    long stallTimeoutNs,
    int connectionsMax,
    Consumer<String> errors,
    LongSupplier clock) {
  private static final long DEFAULT_TIMEOUT_NS = 10_000_000_000L;
  private static final int DEFAULT_CONNECTIONS_MAX = 16;

  /** Checks the ranges. */
  public TargetOptions {
    assert connectTimeoutNs > 0 && stallTimeoutNs > 0 && connectionsMax > 0;
  }

  /** Returns options for reading and writing, with 10 s for connecting, and 16 connections. */
  public static TargetOptions of(Consumer<String> errors) {
    return new TargetOptions(
        false,
        DEFAULT_TIMEOUT_NS,
        DEFAULT_TIMEOUT_NS,
        DEFAULT_CONNECTIONS_MAX,
        errors,
        System::nanoTime);
  }

  /** Returns these options for reading only, or for writing too. */
  public TargetOptions withReadOnly(boolean readOnly) {
    return new TargetOptions(
        readOnly, connectTimeoutNs, stallTimeoutNs, connectionsMax, errors, clock);
  }

  /** Returns these options with another bound on connecting. */
  public TargetOptions withConnectTimeoutNs(long connectTimeoutNs) {
    return new TargetOptions(
        readOnly, connectTimeoutNs, stallTimeoutNs, connectionsMax, errors, clock);
  }

  /** Returns these options with another bound on a pause within a message. */
  public TargetOptions withStallTimeoutNs(long stallTimeoutNs) {
    return new TargetOptions(
        readOnly, connectTimeoutNs, stallTimeoutNs, connectionsMax, errors, clock);
  }

  /** Returns these options with another bound on connections. */
  public TargetOptions withConnectionsMax(int connectionsMax) {
    return new TargetOptions(
        readOnly, connectTimeoutNs, stallTimeoutNs, connectionsMax, errors, clock);
  }
}
