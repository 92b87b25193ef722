package org.culebra.image.qcow2;

import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.Errno;

/**
 * Hands out free host clusters and counts references. Confined to the owner.
 *
 * <p>No cluster below the hint is free. A cluster past everything that the file ever held reads as
 * zeroes without being written; only a growable file has such.
 */
final class ClusterAllocator {
  /** The task was put in a list and runs again: it calls again. */
  static final int PARKED = 0;

  private final Qcow2Core core;
  private final Geometry geometry;
  private final RefcountMap refcounts;
  private final RefcountBlockCreation blockCreation;
  private final RefcountTableGrowth tableGrowth;
  private final TaskList growthWaiters = new TaskList();
  private final long endCluster;
  private boolean growing;
  private long hint;
  private long unusedFrom;
  private long firstCluster;
  private boolean unused;

  /**
   * Makes one.
   *
   * @param endCluster the first cluster that the file can't have
   * @param unusedFrom the first cluster that the file never had, if it is growable
   */
  ClusterAllocator(Qcow2Core core, long endCluster, long unusedFrom) {
    this.core = core;
    this.endCluster = endCluster;
    this.unusedFrom = unusedFrom;
    geometry = core.geometry;
    refcounts = core.refcounts;
    blockCreation = new RefcountBlockCreation(core);
    tableGrowth = new RefcountTableGrowth(core);
  }

  /**
   * Takes a run of free clusters; {@link #firstCluster} and {@link #isUnused} describe it.
   *
   * @param wanted how many at most, above 0
   * @return how many were taken, {@link #PARKED}, or a negated errno
   */
  int allocate(int wanted, Task task) {
    while (true) {
      if (growing) {
        growthWaiters.add(task);
        return PARKED;
      }
      if (hint >= endCluster) {
        return -Errno.ENOSPC;
      }
      int found = refcounts.locate(hint, task);
      if (found == RefcountMap.PARKED) {
        return PARKED;
      }
      if (found < 0) {
        return found;
      }
      if (found != RefcountMap.FOUND) {
        return grow(found, task);
      }
      int taken = takeFromPage(wanted);
      if (taken != 0) {
        return taken;
      }
    }
  }

  private int grow(int found, Task task) {
    growing = true;
    growthWaiters.add(task);
    if (found == RefcountMap.NO_BLOCK) {
      blockCreation.begin(hint);
    } else {
      tableGrowth.begin(hint, endCluster);
    }
    return PARKED;
  }

  /** The refcount table or its blocks have grown, or can't. */
  void onGrown(int result) {
    growing = false;
    growthWaiters.wakeAll(core.ready, result);
  }

  /** Looks from the hint to the end of its page of refcounts; returns 0 when none is free there. */
  private int takeFromPage(int wanted) {
    int order = geometry.refcountOrder;
    long address = refcounts.page.address;
    int index = refcounts.index;
    int end = 1 << geometry.refcountPageBits;
    while (index < end && Refcounts.get(address, order, index) != 0) {
      index++;
    }
    long first = hint + (index - refcounts.index);
    hint = first;
    if (index == end) {
      return 0;
    }
    if (first >= endCluster) {
      return -Errno.ENOSPC;
    }
    int count = 1;
    int countMax = (int) Math.min(Math.min(wanted, end - index), endCluster - first);
    while (count < countMax && Refcounts.get(address, order, index + count) == 0) {
      count++;
    }
    int error = checkUnreferenced(first, count);
    if (error != 0) {
      return error;
    }
    for (int i = 0; i < count; i++) {
      Refcounts.put(address, order, index + i, 1);
    }
    core.cache.markDirty(refcounts.page);
    take(first, count);
    return count;
  }

  private void take(long first, int count) {
    firstCluster = first;
    unused = first >= unusedFrom;
    noteUsed(first, count);
    hint = first + count;
  }

  /** Notes that clusters hold something now. */
  void noteUsed(long first, long count) {
    unusedFrom = Math.max(unusedFrom, first + count);
    core.noteEnd((first + count) << geometry.clusterBits);
  }

  /** A table in a cluster whose refcount is 0 would be overwritten: QEMU's overlap check. */
  private int checkUnreferenced(long first, int count) {
    long start = first << geometry.clusterBits;
    long end = (first + count) << geometry.clusterBits;
    String overlap = core.ranges.overlap(start, end);
    if (overlap == null && core.cache.holdsAny(start, end)) {
      overlap = "a table";
    }
    if (overlap == null) {
      return 0;
    }
    return core.corrupt("cluster at 0x%x: refcount 0, but it overlaps %s", start, overlap);
  }

  /** Returns the first cluster of the run that was taken last. */
  long firstCluster() {
    return firstCluster;
  }

  /** Returns whether the run that was taken last reads as zeroes without being written. */
  boolean isUnused() {
    return unused;
  }

  /**
   * Lowers a refcount by one.
   *
   * @return 0, {@link RefcountMap#PARKED}, or a negated errno
   */
  int decrement(long cluster, Task task) {
    int found = refcounts.locate(cluster, task);
    if (found == RefcountMap.PARKED || found < 0) {
      return found;
    }
    long refcount = found == RefcountMap.FOUND ? refcounts.get() : 0;
    if (refcount == 0) {
      long offset = cluster << geometry.clusterBits;
      return core.corrupt("cluster at 0x%x: refcount 0, but it was in use", offset);
    }
    refcounts.put(refcount - 1);
    if (refcount == 1) {
      core.cache.drop(cluster << geometry.clusterBits, (cluster + 1) << geometry.clusterBits);
      hint = Math.min(hint, cluster);
    }
    return 0;
  }
}
