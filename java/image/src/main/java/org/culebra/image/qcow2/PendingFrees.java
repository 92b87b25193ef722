package org.culebra.image.qcow2;

import org.culebra.image.owner.Task;

/**
 * Host clusters that lost a reference in memory. Confined to the owner.
 *
 * <p>Their refcounts go down only when (a) the tables without the reference are durable, or a power
 * cut could leave an entry that points at a reused cluster, and (b) every request has ended that
 * may have translated to them. Until then the allocator sees them as used. A power cut leaks them.
 */
final class PendingFrees extends Task {
  /** Runs after which changes wait for a write-back. */
  private static final int RUNS_MAX = 4096;

  private enum Batch {
    NONE,
    IN_WRITE_BACK,
    AWAITS_REQUESTS,
    IN_USE
  }

  private final Qcow2Core core;
  private ClusterRuns current = new ClusterRuns();
  private ClusterRuns batch = new ClusterRuns();
  private Batch state = Batch.NONE;
  private int runIndex;
  private long inRun;

  PendingFrees(Qcow2Core core) {
    this.core = core;
  }

  void add(long cluster, long count) {
    current.add(cluster, count);
  }

  boolean isFull() {
    return current.size() >= RUNS_MAX;
  }

  boolean isEmpty() {
    return current.isEmpty() && state == Batch.NONE;
  }

  /** A write-back takes its copy of the tables now. */
  void onSnapshot() {
    if (state == Batch.NONE && !current.isEmpty() && core.epochs.isPreviousDrained()) {
      ClusterRuns swap = batch;
      batch = current;
      current = swap;
      state = Batch.IN_WRITE_BACK;
      core.epochs.advance();
    }
  }

  /** The write-back has ended. */
  void onWriteBackEnd(boolean durable) {
    if (state != Batch.IN_WRITE_BACK) {
      return;
    }
    if (durable) {
      state = Batch.AWAITS_REQUESTS;
      onRequestEnd();
    } else {
      for (int i = 0; i < batch.size(); i++) {
        current.add(batch.start(i), batch.count(i));
      }
      batch.clear();
      state = Batch.NONE;
    }
  }

  /** A request has left its epoch. */
  void onRequestEnd() {
    if (state == Batch.AWAITS_REQUESTS && core.epochs.isPreviousDrained()) {
      state = Batch.IN_USE;
      runIndex = 0;
      inRun = 0;
      core.ready.add(this);
    }
  }

  @Override
  protected void run(int wakeResult) {
    int error = wakeResult;
    while (error == 0 && runIndex < batch.size()) {
      if (core.writeBack.mustWaitForClean()) {
        core.writeBack.awaitRelief(this);
        return;
      }
      error = core.allocator.decrement(batch.start(runIndex) + inRun, this);
      if (error == RefcountMap.PARKED) {
        return;
      }
      inRun++;
      if (inRun == batch.count(runIndex)) {
        inRun = 0;
        runIndex++;
      }
    }
    if (error != 0) {
      core.broken("clusters that were freed: refcounts can't be lowered, the clusters are leaked");
    }
    batch.clear();
    state = Batch.NONE;
    core.writeBack.onFreesDone();
  }
}
