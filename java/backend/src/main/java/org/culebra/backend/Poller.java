package org.culebra.backend;

import org.culebra.block.Waiter;

/** Waits for descriptors on behalf of one thread. */
public interface Poller extends Waiter, AutoCloseable {
  /**
   * Waits until a watched descriptor is ready or the time is up.
   *
   * @param timeoutNs 0 looks only; below 0 waits for ever
   * @return how many are ready
   */
  int await(long timeoutNs);

  /** Returns the ready descriptor at an index. */
  int fd(int index);

  /** Returns its events. */
  int events(int index);

  @Override
  void close();
}
