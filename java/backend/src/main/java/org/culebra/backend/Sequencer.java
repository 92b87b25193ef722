package org.culebra.backend;

import java.util.ArrayDeque;

/**
 * Runs operations of several steps one after another: the next begins when the one before says that
 * it has finished. Confined to the control thread.
 */
final class Sequencer {
  /** An operation; calls its argument exactly once, now or later. */
  interface Operation {
    void run(Runnable finished);
  }

  private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
  private boolean running;

  void enqueue(Operation operation) {
    waiting.add(operation);
    runNext();
  }

  private void runNext() {
    if (running || waiting.isEmpty()) {
      return;
    }
    running = true;
    waiting
        .remove()
        .run(
            () -> {
              assert running;
              running = false;
              runNext();
            });
  }
}
