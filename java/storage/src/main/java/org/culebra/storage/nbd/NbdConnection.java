package org.culebra.storage.nbd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;

/**
 * A connection in the transmission phase: a non-blocking socket, and what the server said of the
 * export. Belongs to the queue that uses it, or to its device while none does.
 */
final class NbdConnection {
  private static final int NS_PER_MS = 1_000_000;

  private final int fd;
  private final ExportInfo info;
  private boolean closed;

  private NbdConnection(int fd, ExportInfo info) {
    this.fd = fd;
    this.info = info;
  }

  /**
   * Connects and negotiates, within {@link TargetOptions#connectTimeoutNs()}.
   *
   * @throws IOException with one line that begins with the target
   */
  static NbdConnection open(TargetUri target, TargetOptions options) throws IOException {
    long beginNs = options.clock().getAsLong();
    int fd = connect(target, options.connectTimeoutNs());
    try (TimedStream stream =
        new TimedStream(fd, options.clock(), beginNs, options.connectTimeoutNs())) {
      return new NbdConnection(fd, ClientHandshake.negotiate(stream, exportOf(target)));
    } catch (IOException e) {
      Fd.close(fd);
      throw new IOException(target + ": " + e.getMessage(), e);
    }
  }

  private static int connect(TargetUri target, long timeoutNs) throws IOException {
    int timeoutMs = Math.clamp(timeoutNs / NS_PER_MS, 1, Integer.MAX_VALUE);
    int fd = -1;
    try {
      switch (target) {
        case TargetUri.NbdTcp tcp -> {
          fd = Sockets.connectTcp(tcp.host(), tcp.port(), timeoutMs);
          Sockets.noDelay(fd);
        }
        case TargetUri.NbdUnix unix -> fd = Sockets.connectUnix(unix.socket(), timeoutMs);
        default -> throw new IllegalArgumentException(target + ": not an NBD target");
      }
      Fd.setNonBlocking(fd, true);
      return fd;
    } catch (IOException e) {
      if (fd >= 0) {
        Fd.close(fd);
      }
      throw new IOException(target + ": " + e.getMessage(), e);
    }
  }

  private static String exportOf(TargetUri target) {
    return switch (target) {
      case TargetUri.NbdTcp tcp -> tcp.export();
      case TargetUri.NbdUnix unix -> unix.export();
      default -> throw new IllegalArgumentException(target + ": not an NBD target");
    };
  }

  int fd() {
    return fd;
  }

  ExportInfo info() {
    return info;
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Returns whether the server has gone, or speaks out of turn: nothing is in flight on this one,
   * so that nothing may arrive.
   */
  boolean isLost() {
    try (Arena arena = Arena.ofConfined()) {
      return closed || Sockets.receive(fd, arena.allocate(1).address(), 1) != -Errno.EAGAIN;
    }
  }

  /**
   * Makes everything durable that was written on any connection; nothing is in flight on this one.
   *
   * @throws IOException when the server says no, or nothing in time
   */
  void flush(TargetOptions options) throws IOException {
    long cookie = -1;
    try (Arena arena = Arena.ofConfined();
        TimedStream stream =
            new TimedStream(
                fd, options.clock(), options.clock().getAsLong(), options.connectTimeoutNs())) {
      byte[] request = new byte[RequestHeader.BYTES];
      long address = arena.allocate(RequestHeader.BYTES).address();
      RequestHeader.encode(address, 0, Command.FLUSH, cookie);
      RequestHeader.range(address, 0, 0);
      Memory.get(address, request, 0, request.length);
      stream.send(request);
      int error = flushReply(stream, cookie);
      if (error != 0) {
        throw new IOException("flush: error " + error + " of the server");
      }
    }
  }

  private static int flushReply(TimedStream stream, long cookie) throws IOException {
    ByteBuffer reply = ByteBuffer.wrap(stream.receive(SimpleReply.BYTES));
    int magic = reply.getInt();
    int second = reply.getInt();
    if (reply.getLong() != cookie) {
      throw new IOException("flush: reply to another request");
    }
    if (magic == SimpleReply.MAGIC) {
      return second;
    }
    int type = second & 0xffff;
    int lengthBytes = ByteBuffer.wrap(stream.receive(Integer.BYTES)).getInt();
    boolean isError = (type & ReplyChunk.ERROR_BIT) != 0 && lengthBytes >= ReplyChunk.ERROR_BYTES;
    boolean isNone = type == ReplyChunk.NONE && lengthBytes == 0;
    if (magic != ReplyChunk.MAGIC || !(isError || isNone)) {
      throw new IOException("flush: not a reply to it");
    }
    return isNone ? 0 : ByteBuffer.wrap(stream.receive(ReplyChunk.ERROR_BYTES)).getInt();
  }

  /** Ends softly: tells the server, as far as the socket takes it, and closes. */
  void disconnect() {
    if (closed) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocate(RequestHeader.BYTES).address();
      RequestHeader.encode(address, 0, Command.DISC, 0);
      RequestHeader.range(address, 0, 0);
      Sockets.send(fd, address, RequestHeader.BYTES);
    }
    close();
  }

  /** Closes at once: from here on nothing touches the memory of any request. */
  void close() {
    if (!closed) {
      closed = true;
      Fd.close(fd);
    }
  }
}
