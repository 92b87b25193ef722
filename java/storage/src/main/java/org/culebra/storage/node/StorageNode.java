package org.culebra.storage.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.culebra.block.EpollWaiter;
import org.culebra.linux.Epoll;
import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Sockets;

/**
 * An NBD server over block devices, served by whichever thread calls {@link #run()} or {@link
 * #doWork()}: one thread at a time. {@link #stop()} is for any thread.
 */
public final class StorageNode implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final int ACCEPTS_PER_CYCLE_MAX = 32;
  private static final long TICK_NS = 100_000_000L;
  private static final long FOREVER = -1;

  private final ListenAddress address;
  private final NodeOptions options;
  private final List<ServedExport> exports = new ArrayList<>();
  private final List<NodeConnection> connections = new ArrayList<>();
  private final List<NodeConnection> ending = new ArrayList<>();
  private final List<NodeConnection> idle = new ArrayList<>();
  private final Epoll epoll;
  private final EpollWaiter waiter;
  private final PayloadPool pool;
  private final int listener;
  private final int wake;
  private NodeConnection[] byFd = new NodeConnection[64];
  private volatile int connectionCount;
  private volatile boolean stopping;
  private boolean closed;

  private StorageNode(ListenAddress address, NodeOptions options) throws IOException {
    this.address = address;
    this.options = options;
    listener =
        switch (address) {
          case ListenAddress.Unix unix -> Sockets.listenUnix(unix.path(), BACKLOG);
          case ListenAddress.Tcp tcp -> Sockets.listenTcp(tcp.host(), tcp.port());
        };
    epoll = new Epoll();
    waiter = new EpollWaiter(epoll);
    wake = EventFd.open();
    epoll.add(listener, Epoll.IN);
    epoll.add(wake, Epoll.IN);
    pool = new PayloadPool(options.payloadBytesMax());
  }

  /**
   * Listens, with a queue of each export's device open.
   *
   * @param exports one or more, of different names; their devices are active
   * @throws IOException when the address is in use, or a device gives no queue
   */
  public static StorageNode listen(ListenAddress address, List<Export> exports, NodeOptions options)
      throws IOException {
    Set<String> names = new HashSet<>();
    for (Export export : exports) {
      if (!names.add(export.name())) {
        throw new IOException("export \"" + export.name() + "\": must be given once");
      }
    }
    StorageNode node = new StorageNode(address, options);
    try {
      for (Export export : exports) {
        ServedExport served = new ServedExport(export);
        node.exports.add(served);
        served.queue().attach(node.waiter);
      }
      return node;
    } catch (IOException e) {
      node.close();
      throw e;
    }
  }

  /** Returns the port it listens on, for TCP. */
  public int port() {
    return Sockets.localPort(listener);
  }

  /** Returns how many clients there are whose sockets aren't closed; any thread. */
  public int connectionCount() {
    return connectionCount;
  }

  /** Serves until {@link #stop()}, sleeping while there is nothing to do. */
  public void run() {
    while (!stopping) {
      cycle(doWork() == 0 ? sleepNs() : 0);
    }
  }

  /** Makes {@link #run()} return; any thread. */
  public void stop() {
    stopping = true;
    EventFd.signal(wake);
  }

  /**
   * Does what can be done without waiting.
   *
   * @return 0 when there was nothing
   */
  public int doWork() {
    return cycle(0);
  }

  private long sleepNs() {
    for (int i = 0; i < exports.size(); i++) {
      if (!exports.get(i).queue().prepareWait()) {
        return 0;
      }
    }
    for (int i = 0; i < connections.size(); i++) {
      if (connections.get(i).hasDeadline()) {
        return TICK_NS;
      }
    }
    return FOREVER;
  }

  private int cycle(long timeoutNs) {
    int events = epoll.await(timeoutNs);
    long nowNs = options.clock().getAsLong();
    for (int i = 0; i < events; i++) {
      int fd = epoll.fd(i);
      NodeConnection connection = fd < byFd.length ? byFd[fd] : null;
      if (connection != null) {
        connection.onReady(epoll.events(i), nowNs);
      } else if (fd == listener) {
        accept(nowNs);
      } else if (fd == wake) {
        EventFd.drain(wake);
      }
    }
    int work = events;
    for (int i = 0; i < exports.size(); i++) {
      work += exports.get(i).dispatch() + exports.get(i).poll();
    }
    for (int i = connections.size() - 1; i >= 0; i--) {
      NodeConnection connection = connections.get(i);
      if (!connection.isOver()) {
        connection.service(nowNs);
      }
      if (connection.isOver()) {
        end(i);
      }
    }
    for (int i = 0; i < exports.size(); i++) {
      work += exports.get(i).dispatch();
    }
    recycle();
    return work;
  }

  private void accept(long nowNs) {
    for (int i = 0; i < ACCEPTS_PER_CYCLE_MAX; i++) {
      int fd = Sockets.accept(listener);
      if (fd < 0) {
        if (fd != -Errno.EAGAIN) {
          options.errors().accept(address + ": accept: " + Errno.name(-fd));
        }
        return;
      }
      if (connections.size() == options.connectionsMax()) {
        Fd.close(fd);
        options.errors().accept(address + ": more than " + connections.size() + " clients: closed");
        return;
      }
      begin(fd, nowNs);
    }
  }

  private void begin(int fd, long nowNs) {
    NodeConnection connection =
        idle.isEmpty()
            ? new NodeConnection(exports, epoll, pool, options)
            : idle.remove(idle.size() - 1);
    try {
      if (address instanceof ListenAddress.Tcp) {
        Sockets.noDelay(fd);
      }
      connection.begin(fd, nowNs);
    } catch (LinuxException e) {
      Fd.close(fd);
      idle.add(connection);
      options.errors().accept(address + ": " + e.getMessage());
      return;
    }
    if (fd >= byFd.length) {
      byFd = Arrays.copyOf(byFd, Math.max(fd + 1, byFd.length * 2));
    }
    byFd[fd] = connection;
    connections.add(connection);
    connectionCount = connections.size();
  }

  private void end(int index) {
    NodeConnection connection = connections.get(index);
    int fd = connection.fd();
    byFd[fd] = null;
    connection.end();
    connections.set(index, connections.get(connections.size() - 1));
    connections.remove(connections.size() - 1);
    connectionCount = connections.size();
    ending.add(connection);
    if (!connection.reason().isEmpty()) {
      options
          .errors()
          .accept(address + " client " + fd + ": " + connection.reason() + ": connection closed");
    }
  }

  private void recycle() {
    for (int i = ending.size() - 1; i >= 0; i--) {
      if (ending.get(i).isReusable()) {
        idle.add(ending.remove(i));
      }
    }
  }

  /** Closes all clients and gives the devices' queues back; not while another thread serves. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    epoll.remove(listener);
    Fd.close(listener);
    for (NodeConnection connection : connections) {
      connection.end();
    }
    ending.addAll(connections);
    connections.clear();
    for (ServedExport export : exports) {
      export.close(epoll);
    }
    recycle();
    assert ending.isEmpty();
    idle.forEach(NodeConnection::close);
    epoll.close();
    Fd.close(wake);
    pool.close();
  }
}
