package org.culebra.storage.nbd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.function.LongSupplier;
import org.culebra.linux.Epoll;
import org.culebra.linux.Errno;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;

/** The handshake over a non-blocking socket, with one deadline for all of it. */
final class TimedStream implements ByteStream, AutoCloseable {
  private static final int BUFFER_BYTES = 4096;
  private static final long NS_PER_S = 1_000_000_000L;

  private final int fd;
  private final LongSupplier clock;
  private final long beginNs;
  private final long timeoutNs;
  private final Epoll epoll;
  private final Arena arena = Arena.ofConfined();
  private final long buffer = arena.allocate(BUFFER_BYTES).address();

  /**
   * Begins on a socket, which stays the caller's.
   *
   * @param beginNs when the time began, by the clock
   * @param timeoutNs how long it lasts
   */
  TimedStream(int fd, LongSupplier clock, long beginNs, long timeoutNs) throws IOException {
    this.fd = fd;
    this.clock = clock;
    this.beginNs = beginNs;
    this.timeoutNs = timeoutNs;
    this.epoll = new Epoll();
    epoll.add(fd, 0);
  }

  @Override
  public void send(byte[] bytes) throws IOException {
    int done = 0;
    while (done < bytes.length) {
      int part = Math.min(bytes.length - done, BUFFER_BYTES);
      Memory.put(buffer, bytes, done, part);
      long n = Sockets.send(fd, buffer, part);
      if (n == -Errno.EAGAIN) {
        await(Epoll.OUT);
      } else if (n < 0 && n != -Errno.EINTR) {
        throw closed((int) -n);
      }
      done += (int) Math.max(n, 0);
    }
  }

  @Override
  public byte[] receive(int lengthBytes) throws IOException {
    byte[] bytes = new byte[lengthBytes];
    int done = 0;
    while (done < lengthBytes) {
      long n = Sockets.receive(fd, buffer, Math.min(lengthBytes - done, BUFFER_BYTES));
      if (n == -Errno.EAGAIN) {
        await(Epoll.IN);
      } else if (n == 0) {
        throw closed(Errno.ECONNRESET);
      } else if (n < 0 && n != -Errno.EINTR) {
        throw closed((int) -n);
      } else if (n > 0) {
        Memory.get(buffer, bytes, done, (int) n);
        done += (int) n;
      }
    }
    return bytes;
  }

  private void await(int events) throws IOException {
    epoll.modify(fd, events);
    long leftNs = timeoutNs - (clock.getAsLong() - beginNs);
    if (leftNs <= 0) {
      throw new IOException("no answer within " + seconds(timeoutNs) + " s");
    }
    epoll.await(leftNs);
  }

  private static PeerClosedException closed(int errno) {
    boolean gone = errno == Errno.EPIPE || errno == Errno.ECONNRESET;
    return new PeerClosedException(
        gone ? "the server closed the connection" : "the connection broke: " + Errno.name(errno));
  }

  static String seconds(long ns) {
    return ns % NS_PER_S == 0
        ? Long.toString(ns / NS_PER_S)
        : Double.toString(ns / (double) NS_PER_S);
  }

  @Override
  public void close() {
    epoll.close();
    arena.close();
  }
}
