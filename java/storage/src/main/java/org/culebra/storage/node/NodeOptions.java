package org.culebra.storage.node;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The bounds of a storage node.
 *
 * @param connectionsMax clients at a time; further ones are closed at once
 * @param payloadBytesMax memory for payloads of all clients together, 64 MiB or more
 * @param handshakeTimeoutNs how long a client may take to choose its export
 * @param stallTimeoutNs how long a client may stop within a message, sent or received
 * @param errors takes one line for each client that is closed for what it did
 * @param clock nanoseconds of some origin, as of {@link System#nanoTime()}
 */
public record NodeOptions(
    int connectionsMax,
    long payloadBytesMax,
    long handshakeTimeoutNs,
    long stallTimeoutNs,
    Consumer<String> errors,
    LongSupplier clock) {
  private static final int DEFAULT_CONNECTIONS_MAX = 256;
  private static final long DEFAULT_PAYLOAD_BYTES_MAX = 512L << 20;
  private static final long DEFAULT_HANDSHAKE_TIMEOUT_NS = 10_000_000_000L;
  private static final long DEFAULT_STALL_TIMEOUT_NS = 30_000_000_000L;

  /** Checks the ranges. */
  public NodeOptions {
    assert connectionsMax > 0 && handshakeTimeoutNs > 0 && stallTimeoutNs > 0;
    assert payloadBytesMax >= 2 * NodeRequest.PAYLOAD_BYTES_MAX;
  }

  /** Returns 256 clients, 512 MiB, 10 s for the handshake and 30 s within a message. */
  public static NodeOptions of(Consumer<String> errors) {
    return new NodeOptions(
        DEFAULT_CONNECTIONS_MAX,
        DEFAULT_PAYLOAD_BYTES_MAX,
        DEFAULT_HANDSHAKE_TIMEOUT_NS,
        DEFAULT_STALL_TIMEOUT_NS,
        errors,
        System::nanoTime);
  }

  /** Returns these options with other bounds of time. */
  public NodeOptions withTimeoutsNs(long handshakeTimeoutNs, long stallTimeoutNs) {
    return new NodeOptions(
        connectionsMax, payloadBytesMax, handshakeTimeoutNs, stallTimeoutNs, errors, clock);
  }

  /** Returns these options with another bound on clients. */
  public NodeOptions withConnectionsMax(int connectionsMax) {
    return new NodeOptions(
        connectionsMax, payloadBytesMax, handshakeTimeoutNs, stallTimeoutNs, errors, clock);
  }
}
