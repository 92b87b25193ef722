package org.culebra.storage.nbd;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.Limits;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.nbd.ExportInfo.BlockSizes;

/**
 * An export of an NBD server.
 *
 * <p>Inactive it has no connection. {@link #activate()} connects and learns the size, what the
 * server can do and its size constraints; before the first time the size is 0. Each queue has a
 * connection of its own where the server says CAN_MULTI_CONN; where it doesn't, {@link
 * Capabilities#queuesMax()} is 1, because a flush covers what one connection wrote, so all vrings
 * of the disk share that queue's agent. A connection is handed from the last queue that closed to
 * the next one that opens: a server that takes one client sees one.
 *
 * <p>A queue whose server breaks the protocol or goes away fails its requests from then on.
 */
public final class NbdDevice implements BlockDevice {
  private static final int MEMORY_ALIGNMENT_BYTES = 1;
  private static final int PHYSICAL_BLOCK_BYTES_MAX = 1 << 20;

  private final TargetUri target;
  private final TargetOptions options;

  /** What the last activate found; read by any thread, also while a connection is being made. */
  private volatile ExportInfo info;

  private volatile boolean active;
  private NbdConnection spare;
  private boolean lost;
  private int queues;

  /**
   * Makes an inactive device.
   *
   * @param target an {@link TargetUri.NbdTcp} or {@link TargetUri.NbdUnix}
   */
  public NbdDevice(TargetUri target, TargetOptions options) {
    assert target instanceof TargetUri.NbdTcp || target instanceof TargetUri.NbdUnix;
    this.target = target;
    this.options = options;
  }

  @Override
  public String name() {
    return target.toString();
  }

  @Override
  public long capacityBytes() {
    ExportInfo info = this.info;
    return info == null ? 0 : info.usableBytes();
  }

  @Override
  public Capabilities capabilities() {
    ExportInfo info = this.info;
    if (info == null) {
      return new Capabilities(options.readOnly(), false, false, false, false, 1);
    }
    boolean multiple = info.has(TransmissionFlags.CAN_MULTI_CONN);
    boolean zeroes = info.has(TransmissionFlags.SEND_WRITE_ZEROES);
    return new Capabilities(
        isReadOnly(),
        false,
        info.has(TransmissionFlags.SEND_TRIM),
        zeroes,
        zeroes && info.has(TransmissionFlags.SEND_FAST_ZERO),
        multiple ? options.connectionsMax() : 1);
  }

  @Override
  public Limits limits() {
    ExportInfo info = this.info;
    if (info == null) {
      return Limits.BYTES;
    }
    BlockSizes sizes = info.blockSizes();
    return new Limits(
        sizes.minimumBytes(),
        MEMORY_ALIGNMENT_BYTES,
        Math.min(sizes.preferredBytes(), PHYSICAL_BLOCK_BYTES_MAX),
        sizes.advertised() ? sizes.preferredBytes() : 0,
        sizes.preferredBytes());
  }

  @Override
  public synchronized void activate() throws IOException {
    if (active) {
      return;
    }
    spare = NbdConnection.open(target, options);
    info = spare.info();
    lost = false;
    active = true;
  }

  @Override
  public synchronized void deactivate() throws IOException {
    assert queues == 0;
    if (!active) {
      return;
    }
    active = false;
    NbdConnection last = takeSpare();
    try {
      if (!isReadOnly() && info.has(TransmissionFlags.SEND_FLUSH)) {
        last = last == null ? another() : last;
        flush(last);
      }
    } finally {
      if (last != null) {
        last.disconnect();
      }
    }
  }

  private void flush(NbdConnection connection) throws IOException {
    try {
      connection.flush(options);
    } catch (IOException e) {
      throw new IOException(target + ": " + e.getMessage(), e);
    }
    if (lost && !info.has(TransmissionFlags.CAN_MULTI_CONN)) {
      throw new IOException(
          target + ": a connection was lost: what it wrote last may not be durable");
    }
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public synchronized BlockQueue openQueue(int depth) throws IOException {
    assert depth > 0;
    if (!active) {
      throw new IOException(target + ": not active: only an active device has queues");
    }
    int queuesMax = capabilities().queuesMax();
    if (queues == queuesMax) {
      throw new IOException(
          target + ": " + queues + " queues are open: must be at most " + queuesMax);
    }
    NbdConnection connection = takeSpare();
    connection = connection == null ? another() : connection;
    queues++;
    try {
      return new NbdQueue(this, connection, options, depth, isReadOnly());
    } catch (IOException e) {
      giveBack(connection);
      throw e;
    }
  }

  /** Returns the spare connection, or null when there is none or its server has gone meanwhile. */
  private NbdConnection takeSpare() {
    NbdConnection connection = spare;
    spare = null;
    if (connection != null && connection.isLost()) {
      connection.close();
      lost = true;
      options.errors().accept(target + ": the connection was lost while no queue used it");
      return null;
    }
    return connection;
  }

  /** Connects once more; the export must be what the first connection found. */
  private NbdConnection another() throws IOException {
    NbdConnection connection = NbdConnection.open(target, options);
    ExportInfo found = connection.info();
    if (found.equals(info)) {
      return connection;
    }
    connection.disconnect();
    throw new IOException(target + ": " + found + ": must be as on the first connection, " + info);
  }

  /** Takes back the connection of a queue that is closed. */
  synchronized void giveBack(NbdConnection connection) {
    queues--;
    if (connection.isClosed()) {
      lost = true;
    } else if (active && spare == null) {
      spare = connection;
    } else {
      connection.disconnect();
    }
  }

  private boolean isReadOnly() {
    return options.readOnly() || info.has(TransmissionFlags.READ_ONLY);
  }

  @Override
  public synchronized void close() throws IOException {
    deactivate();
  }
}
