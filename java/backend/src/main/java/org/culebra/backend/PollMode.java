package org.culebra.backend;

/** What a queue agent does when it found nothing to do. */
public enum PollMode {
  /** Spins for a bounded time after the last work, then sleeps until a descriptor wakes it. */
  ADAPTIVE,
  /** Never sleeps. */
  BUSY,
  /** Never spins. */
  WAIT
}
