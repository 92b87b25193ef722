package org.culebra.vhostuser;

import org.culebra.linux.FdList;

/** Where messages go: a stream socket of the unix domain, or a recorder in a test. */
@FunctionalInterface
public interface MessageSink {
  /**
   * Gives bytes away.
   *
   * @param address where they are
   * @param lengthBytes how many, above 0
   * @param fds file descriptors that go with the first byte; they stay the caller's
   * @return how many bytes were taken, or {@code -errno}, {@code -EAGAIN} when there is no room
   */
  int send(long address, int lengthBytes, FdList fds);
}
