package org.culebra.backend;

import java.io.IOException;
import java.nio.file.Path;
import org.culebra.linux.FdList;

/**
 * The machine as the back-end sees it: time and I/O, passed in, so that a simulator can stand in
 * its place. Thread-safe; data-path methods ({@link #nowNs}, {@link #ring}, {@link #call}, {@link
 * #silence}) neither block nor allocate.
 */
public interface Host {
  /** A piece of a front-end's memory, mapped here. */
  interface MappedMemory extends AutoCloseable {
    /** Returns the address of the first byte asked for. */
    long address();

    @Override
    void close();
  }

  /** Returns nanoseconds from an arbitrary origin, never backwards. */
  long nowNs();

  /** Makes a doorbell: a descriptor that becomes readable when it is rung. */
  int openDoorbell() throws IOException;

  /** Rings a doorbell of ours; ringing one that rings already is fine. */
  void ring(int fd);

  /** Rings a call or error descriptor of a front-end, which may be full, and may block. */
  void call(int fd);

  /** Makes a doorbell or kick unreadable until it is rung again; one that isn't is fine. */
  void silence(int fd);

  /** Returns whether a descriptor that a front-end sent is an eventfd, as far as can be told. */
  boolean isEventFd(int fd);

  /** Closes a descriptor. */
  void close(int fd);

  /** Makes a poller for one thread. */
  Poller openPoller() throws IOException;

  /**
   * Listens on a unix socket.
   *
   * @throws IOException when the path is in use by a live process, or can't be made
   */
  int listen(Path socket) throws IOException;

  /** Removes a socket's path. */
  void unlink(Path socket);

  /** Returns whether a socket listens, or is a connection. */
  boolean isListening(int fd) throws IOException;

  /** Returns a new non-blocking connection, or a negated errno. */
  int accept(int fd);

  /** Makes an inherited descriptor non-blocking. */
  void setNonBlocking(int fd) throws IOException;

  /** Returns bytes received (0: closed by the peer), or a negated errno; appends descriptors. */
  int receive(int fd, long address, int lengthBytes, FdList fds);

  /** Returns bytes sent, or a negated errno. */
  int send(int fd, long address, int lengthBytes, FdList fds);

  /** Maps a front-end's memory for reading and writing. */
  MappedMemory map(int fd, long offsetBytes, long sizeBytes) throws IOException;

  /** Makes signals readable from a descriptor instead of ending the process. */
  int openSignals(int... signals) throws IOException;

  /** Returns a signal that came, or 0. */
  int takeSignal(int fd);

  /** Gives the signals the effect that they had before, and closes the descriptor. */
  void closeSignals(int fd);

  /** Pins the calling thread to a CPU. */
  void pin(int cpu) throws IOException;
}
