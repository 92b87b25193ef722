package org.culebra.vhostuser;

import org.culebra.linux.FdList;

/** Where messages come from: a stream socket of the unix domain, or a script in a test. */
@FunctionalInterface
public interface MessageSource {
  /**
   * Takes bytes that have arrived.
   *
   * @param address where they go
   * @param lengthBytes how many are taken at most, above 0
   * @param fds file descriptors that came with them are appended, and belong to it
   * @return how many bytes, 0 at the end of the stream, or {@code -errno}, {@code -EAGAIN} when
   *     there are none yet
   */
  int receive(long address, int lengthBytes, FdList fds);
}
