package org.culebra.block;

/**
 * Where a {@link BlockQueue} names the file descriptors whose readiness means progress. Confined to
 * the thread that owns the queue, and level-triggered: a descriptor that stays ready keeps waking.
 */
public interface Waiter {
  /** The descriptor can be read. */
  int READABLE = 1;

  /** The descriptor can be written. */
  int WRITABLE = 4;

  /** Watches a descriptor, or changes what it is watched for; 0 keeps it without events. */
  void watch(int fd, int events);

  /** Forgets a descriptor, before it is closed. */
  void unwatch(int fd);
}
