package org.culebra.backend;

import java.util.ArrayDeque;
import org.culebra.guest.GuestMemory;

/**
 * Guest memories that a vring no longer hands out but whose bytes requests in flight still touch.
 * Confined to the vring's agent.
 *
 * <p>They are released in the order in which they were retired: a later memory has regions of an
 * earlier one, whose users may outlast its own.
 */
final class MemoryRetirement {
  private static final class Retired {
    final GuestMemory memory;
    final Runnable onReleased;
    int users;

    Retired(GuestMemory memory, int users, Runnable onReleased) {
      this.memory = memory;
      this.users = users;
      this.onReleased = onReleased;
    }
  }

  private final ArrayDeque<Retired> retired = new ArrayDeque<>();

  /**
   * Calls back when so many requests that use a memory have completed, and all that use an earlier
   * one; at once for none.
   */
  void retire(GuestMemory memory, int users, Runnable onReleased) {
    retired.add(new Retired(memory, users, onReleased));
    release();
  }

  /** A request that used a memory completed. */
  void onReleased(GuestMemory memory) {
    for (Retired entry : retired) {
      if (entry.memory == memory) {
        entry.users--;
      }
    }
    release();
  }

  private void release() {
    while (!retired.isEmpty() && retired.peek().users == 0) {
      retired.remove().onReleased.run();
    }
  }
}
