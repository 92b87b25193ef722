package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
final class Await {
  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + Guest.TIMEOUT_NS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, what);
      Thread.onSpinWait();
    }
  }
}
