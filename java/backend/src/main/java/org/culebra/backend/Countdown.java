package org.culebra.backend;

/** Calls back when so many things are done; at once for none. Confined to the control thread. */
final class Countdown {
  private final Runnable onZero;
  private int left;

  Countdown(int count, Runnable onZero) {
    this.left = count;
    this.onZero = onZero;
    if (count == 0) {
      onZero.run();
    }
  }

  void done() {
    assert left > 0;
    if (--left == 0) {
      onZero.run();
    }
  }
}
