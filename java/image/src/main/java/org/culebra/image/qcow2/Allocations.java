package org.culebra.image.qcow2;

import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;

/** The allocating writes in flight. Confined to the owner. */
final class Allocations {
  /** How many there may be; each pins a page of the cache. */
  static final int MAX = 32;

  private final Qcow2Core core;
  private final Allocation[] active = new Allocation[MAX];
  private final Allocation[] free = new Allocation[MAX];
  private final TaskList slotWaiters = new TaskList();
  private int activeCount;
  private int freeCount;

  Allocations(Qcow2Core core) {
    this.core = core;
    for (int i = 0; i < MAX; i++) {
      free[freeCount++] = new Allocation(core);
    }
  }

  /** Returns the one that is under way for any of some guest clusters, or null. */
  Allocation overlapping(long firstCluster, long count) {
    for (int i = 0; i < activeCount; i++) {
      Allocation other = active[i];
      if (firstCluster < other.firstGuestCluster + other.count
          && other.firstGuestCluster < firstCluster + count) {
        return other;
      }
    }
    return null;
  }

  /** Returns a free one, or null when all are in use. */
  Allocation acquire() {
    if (freeCount == 0) {
      return null;
    }
    Allocation allocation = free[--freeCount];
    active[activeCount++] = allocation;
    return allocation;
  }

  void awaitSlot(Task task) {
    slotWaiters.add(task);
  }

  void release(Allocation allocation) {
    for (int i = 0; i < activeCount; i++) {
      if (active[i] == allocation) {
        active[i] = active[--activeCount];
        break;
      }
    }
    free[freeCount++] = allocation;
    allocation.waiters.wakeAll(core.ready, 0);
    if (!slotWaiters.isEmpty()) {
      slotWaiters.wakeOne(core.ready, 0);
    }
  }
}
