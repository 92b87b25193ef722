package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.culebra.cli.text.Json;

/** The server of the control socket; its methods may be called from any thread. */
public final class ControlServer implements AutoCloseable {
  /** The longest line a client may send. */
  public static final int LINE_BYTES_MAX = 64 * 1024;

  /** How many clients may be connected at once; one more is closed at once. */
  public static final int CLIENTS_MAX = 32;

  private static final long ACCEPT_RETRY_NS = 10_000_000;

  private final Path path;
  private final Object fileKey;
  private final ServerSocketChannel channel;
  private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile ControlCommands commands;
  private Thread acceptor;

  private ControlServer(Path path, ServerSocketChannel channel, Object fileKey) {
    this.path = path;
    this.channel = channel;
    this.fileKey = fileKey;
  }

  /**
   * Takes the path; clients wait until {@link #start}.
   *
   * @throws IOException with the path and what stands against it
   */
  public static ControlServer listen(Path path) throws IOException {
    ServerSocketChannel channel = ControlSocket.listen(path);
    return new ControlServer(path, channel, Files.getAttribute(path, "unix:ino"));
  }

  /** Begins to answer. */
  public void start(ControlCommands registry) {
    commands = registry;
    acceptor = Thread.ofPlatform().daemon().name("culebra-control").start(this::acceptAll);
  }

  /** Tells all clients that something happened; never blocks. */
  public void publish(String event, JsonNode data) {
    String line = Json.line(Json.object().put("event", event).<ObjectNode>set("data", data));
    connections.forEach(connection -> connection.offer(line));
  }

  private void acceptAll() {
    while (channel.isOpen()) {
      try {
        SocketChannel client = channel.accept();
        if (connections.size() >= CLIENTS_MAX) {
          client.close();
          continue;
        }
        ControlConnection connection = new ControlConnection(client, commands, connections::remove);
        connections.add(connection);
        connection.start();
      } catch (IOException closedOrNoDescriptor) {
        LockSupport.parkNanos(ACCEPT_RETRY_NS);
      }
    }
  }

  /** Gives the path back and closes all clients once their answers are written. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (acceptor != null) {
      join(acceptor);
    }
    connections.forEach(ControlConnection::close);
    if (Files.exists(path) && Files.getAttribute(path, "unix:ino").equals(fileKey)) {
      Files.delete(path);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
