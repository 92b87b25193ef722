package org.culebra.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.culebra.block.EpollWaiter;
import org.culebra.linux.Epoll;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.Mapping;
import org.culebra.linux.Signals;
import org.culebra.linux.Sockets;

/** The machine we run on. */
public final class LinuxHost implements Host {
  private static final int BACKLOG = 16;
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final String EVENT_FD = "anon_inode:[eventfd]";

  /** Makes one; it holds nothing. */
  public LinuxHost() {}

  private record LinuxMemory(Mapping mapping) implements MappedMemory {
    @Override
    public long address() {
      return mapping.address();
    }

    @Override
    public void close() {
      mapping.close();
    }
  }

  private static final class LinuxPoller implements Poller {
    private final Epoll epoll;
    private final EpollWaiter waiter;

    LinuxPoller() throws IOException {
      epoll = new Epoll();
      waiter = new EpollWaiter(epoll);
    }

    @Override
    public void watch(int fd, int events) {
      waiter.watch(fd, events);
    }

    @Override
    public void unwatch(int fd) {
      waiter.unwatch(fd);
    }

    @Override
    public int await(long timeoutNs) {
      return epoll.await(timeoutNs);
    }

    @Override
    public int fd(int index) {
      return epoll.fd(index);
    }

    @Override
    public int events(int index) {
      return epoll.events(index);
    }

    @Override
    public void close() {
      epoll.close();
    }
  }

  @Override
  public long nowNs() {
    return System.nanoTime();
  }

  @Override
  public int openDoorbell() throws IOException {
    return EventFd.open();
  }

  @Override
  public void ring(int fd) {
    EventFd.signal(fd);
  }

  @Override
  public void call(int fd) {
    EventFd.signalForeign(fd);
  }

  @Override
  public boolean isEventFd(int fd) {
    try {
      return Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(fd)))
          .toString()
          .equals(EVENT_FD);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void silence(int fd) {
    EventFd.drain(fd);
  }

  @Override
  public void close(int fd) {
    Fd.close(fd);
  }

  @Override
  public Poller openPoller() throws IOException {
    return new LinuxPoller();
  }

  @Override
  public int listen(Path socket) throws IOException {
    return Sockets.listenUnix(socket, BACKLOG);
  }

  @Override
  public void unlink(Path socket) {
    try {
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      // Someone else's by now, or its directory is gone: nothing listens there any more.
    }
  }

  @Override
  public boolean isListening(int fd) throws IOException {
    if (!Sockets.isSocket(fd)) {
      throw new IOException("fd " + fd + ": not a socket");
    }
    return Sockets.isListening(fd);
  }

  @Override
  public int accept(int fd) {
    return Sockets.accept(fd);
  }

  @Override
  public void setNonBlocking(int fd) throws IOException {
    Fd.setNonBlocking(fd, true);
  }

  @Override
  public int receive(int fd, long address, int lengthBytes, FdList fds) {
    return Sockets.receiveWithFds(fd, address, lengthBytes, fds);
  }

  @Override
  public int send(int fd, long address, int lengthBytes, FdList fds) {
    return Sockets.sendWithFds(fd, address, lengthBytes, fds);
  }

  @Override
  public MappedMemory map(int fd, long offsetBytes, long sizeBytes) throws IOException {
    return new LinuxMemory(Mapping.map(fd, offsetBytes, sizeBytes, true));
  }

  @Override
  public int openSignals(int... signals) throws IOException {
    return Signals.open(signals);
  }

  @Override
  public int takeSignal(int fd) {
    return Signals.take(fd);
  }

  @Override
  public void closeSignals(int fd) {
    Signals.close(fd);
  }

  @Override
  public void pin(int cpu) throws IOException {
    org.culebra.linux.Threads.pin(cpu);
  }
}
