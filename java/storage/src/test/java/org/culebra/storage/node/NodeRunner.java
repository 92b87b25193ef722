package org.culebra.storage.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.storage.Lines;
import org.culebra.storage.TargetUri;
import org.culebra.storage.TempDirectory;

/** A storage node on a thread of its own, on a unix socket; closes its devices too. */
public final class NodeRunner implements AutoCloseable {
  private final TempDirectory directory = new TempDirectory();
  private final Lines lines = new Lines();
  private final List<BlockDevice> devices = new ArrayList<>();
  private final ListenAddress address;
  private final StorageNode node;
  private final Thread thread;
  private volatile Throwable failure;

  /** Activates the devices and serves them as x, x1, x2 and so on. */
  public NodeRunner(BlockDevice... served) throws IOException {
    this(null, NodeOptions.of(line -> {}), served);
  }

  NodeRunner(NodeOptions options, BlockDevice... served) throws IOException {
    this(null, options, served);
  }

  /** The same on a TCP port of 127.0.0.1. */
  public static NodeRunner tcp(BlockDevice... served) throws IOException {
    ListenAddress any = ListenAddress.parse("127.0.0.1:0");
    return new NodeRunner(any, NodeOptions.of(line -> {}), served);
  }

  private NodeRunner(ListenAddress tcp, NodeOptions options, BlockDevice... served)
      throws IOException {
    address = tcp == null ? new ListenAddress.Unix(socket()) : tcp;
    List<Export> exports = new ArrayList<>();
    for (BlockDevice device : served) {
      device.activate();
      devices.add(device);
      exports.add(new Export(exports.isEmpty() ? "x" : "x" + exports.size(), device));
    }
    NodeOptions own =
        new NodeOptions(
            options.connectionsMax(),
            options.payloadBytesMax(),
            options.handshakeTimeoutNs(),
            options.stallTimeoutNs(),
            lines,
            options.clock());
    node = StorageNode.listen(address, exports, own);
    thread = Thread.ofPlatform().daemon().start(this::serve);
  }

  private void serve() {
    try {
      node.run();
    } catch (Throwable e) {
      failure = e;
    }
  }

  public Path socket() {
    return directory.file("s");
  }

  public Path file(String name) {
    return directory.file(name);
  }

  public TargetUri target() {
    return address instanceof ListenAddress.Unix
        ? new TargetUri.NbdUnix(socket(), "x")
        : new TargetUri.NbdTcp("127.0.0.1", node.port(), "x");
  }

  /** Returns the id of the thread that serves. */
  public long threadId() {
    return thread.threadId();
  }

  Lines lines() {
    return lines;
  }

  /** Returns how many clients there are, as the node's thread had it a moment ago. */
  public int connectionCount() {
    return node.connectionCount();
  }

  @Override
  public void close() throws IOException {
    node.stop();
    try {
      thread.join(20_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (failure != null || thread.isAlive()) {
      throw new AssertionError("the node", failure);
    }
    node.close();
    for (BlockDevice device : devices) {
      device.close();
    }
    directory.close();
  }
}
