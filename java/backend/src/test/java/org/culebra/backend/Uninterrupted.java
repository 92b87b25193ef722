package org.culebra.backend;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waiting where no checked exception can be thrown. */
final class Uninterrupted {
  private Uninterrupted() {}

  /** Waits, 10 s at most; returns whether it was in vain. */
  static boolean await(CountDownLatch latch) {
    try {
      return !latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
