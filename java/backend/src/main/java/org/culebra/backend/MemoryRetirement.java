package org.culebra.backend;

import java.util.ArrayList;
import java.util.List;
import org.culebra.guest.GuestMemory;

/**
 * Guest memories that a vring no longer hands out but whose bytes requests in flight still touch.
 * Confined to the vring's agent.
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

  private final List<Retired> retired = new ArrayList<>();

  /** Calls back when so many requests that use a memory have completed; at once for none. */
  void retire(GuestMemory memory, int users, Runnable onReleased) {
    if (users == 0) {
      onReleased.run();
    } else {
      retired.add(new Retired(memory, users, onReleased));
    }
  }

  /** A request that used a memory completed. */
  void onReleased(GuestMemory memory) {
    for (int i = 0; i < retired.size(); i++) {
      Retired entry = retired.get(i);
      if (entry.memory == memory && --entry.users == 0) {
        retired.remove(i);
        entry.onReleased.run();
        return;
      }
    }
  }
}
