package org.culebra.image.owner;

import org.culebra.block.BlockQueue;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;

/**
 * The owner's way into a device below: a {@link BlockQueue} with a slot for each request it may
 * have in flight. Confined to the image's owner.
 *
 * <p>A task that finds no free slot waits for one. A child request never waits for anything but the
 * device, so slots come back and the wait ends.
 */
public final class ChildQueue {
  private final BlockQueue queue;
  private final TaskList ready;
  private final ChildOp[] ops;
  private final int[] free;
  private final RequestBatch batch;
  private final CompletionBatch completions;
  private final TaskList slotWaiters = new TaskList();
  private int freeCount;
  private final int[] refused;
  private int refusedCount;
  private boolean cancelled;

  /**
   * Makes one over a queue that was opened with the same depth; closes it in the end.
   *
   * @param ready where woken tasks go
   */
  public ChildQueue(BlockQueue queue, int depth, TaskList ready) {
    this.queue = queue;
    this.ready = ready;
    ops = new ChildOp[depth];
    free = new int[depth];
    refused = new int[depth];
    for (int i = 0; i < depth; i++) {
      ops[i] = new ChildOp(this, i);
      free[i] = depth - 1 - i;
    }
    freeCount = depth;
    batch = new RequestBatch(depth);
    completions = new CompletionBatch(depth);
  }

  /** Returns a free slot, which the caller sets and submits at once, or null. */
  public ChildOp acquire() {
    return freeCount == 0 ? null : ops[free[--freeCount]];
  }

  /** Wakes a task when a slot is free. */
  public void awaitSlot(Task task) {
    slotWaiters.add(task);
  }

  void add(ChildOp op) {
    if (cancelled) {
      refused[refusedCount++] = (int) op.request().tag();
    } else {
      batch.add(op.request());
    }
  }

  /** Hands down what was submitted since the last call. */
  public void dispatch() {
    if (batch.count() > 0) {
      queue.submit(batch);
      batch.clear();
      queue.dispatch();
    }
  }

  /**
   * Takes completions and gives them to their targets.
   *
   * @return how many
   */
  public int poll() {
    if (inflight() == 0) {
      return 0;
    }
    completions.clear();
    queue.poll(completions);
    int count = completions.count();
    for (int i = 0; i < count; i++) {
      complete((int) completions.tag(i), completions.result(i));
    }
    final int refusedNow = refusedCount;
    for (int i = 0; i < refusedNow; i++) {
      complete(refused[--refusedCount], -Errno.ECANCELED);
    }
    return count + refusedNow;
  }

  private void complete(int slot, int result) {
    ops[slot].complete(result);
    free[freeCount++] = slot;
    if (!slotWaiters.isEmpty()) {
      slotWaiters.wakeOne(ready, 0);
    }
  }

  /** Returns how many slots are taken. */
  public int inflight() {
    return ops.length - freeCount;
  }

  /** Makes ready to sleep, as {@link BlockQueue#prepareWait()}. */
  public boolean prepareWait() {
    return batch.count() == 0 && refusedCount == 0 && queue.prepareWait();
  }

  /** Gives the queue its descriptors' waiter. */
  public void attach(Waiter waiter) {
    queue.attach(waiter);
  }

  /** Ends what is in flight, as {@link BlockQueue#cancel()}; what follows ends with ECANCELED. */
  public void cancel() {
    dispatch();
    queue.cancel();
    cancelled = true;
  }

  /** Closes the queue; nothing is in flight. */
  public void close() {
    assert inflight() == 0 : inflight() + " child requests in flight";
    queue.detach();
    queue.close();
  }
}
