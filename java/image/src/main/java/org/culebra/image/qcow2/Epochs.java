package org.culebra.image.qcow2;

/**
 * Which requests may still use a host cluster that was dropped: a request enters the current epoch
 * before it translates and leaves it when it ends. Confined to the owner.
 *
 * <p>Two epochs are enough: a new one begins only when all requests of the one before the current
 * have ended.
 */
final class Epochs {
  private final int[] inflight = new int[2];
  private int current;

  /** Enters the current epoch; returns it. */
  int enter() {
    inflight[current]++;
    return current;
  }

  /** Leaves an epoch. */
  void leave(int epoch) {
    inflight[epoch]--;
    assert inflight[epoch] >= 0;
  }

  /** Begins a new epoch; no request of the one before the current is left. */
  void advance() {
    assert isPreviousDrained();
    current ^= 1;
  }

  /** Returns whether all requests have ended that entered before the last {@link #advance}. */
  boolean isPreviousDrained() {
    return inflight[current ^ 1] == 0;
  }
}
