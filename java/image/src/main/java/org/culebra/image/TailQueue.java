package org.culebra.image;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.CompletionRing;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;

/**
 * A queue of a device whose size is no whole sector: the rest of the last sector reads as zeroes
 * and can't be written. Requests that stay clear of it pass as they are.
 */
final class TailQueue implements BlockQueue {
  private final BlockQueue below;
  private final long endBytes;
  private final RequestBatch passed;
  private final CompletionRing answered;
  private final BlockRequest[] shortened;
  private final boolean[] used;
  private int usedCount;

  TailQueue(BlockQueue below, int depth, long endBytes) {
    this.below = below;
    this.endBytes = endBytes;
    passed = new RequestBatch(depth);
    answered = new CompletionRing(depth);
    shortened = new BlockRequest[depth];
    used = new boolean[depth];
    for (int i = 0; i < depth; i++) {
      shortened[i] = new BlockRequest();
    }
  }

  @Override
  public void submit(RequestBatch batch) {
    passed.clear();
    for (int i = 0; i < batch.count(); i++) {
      BlockRequest request = batch.get(i);
      if (request.endBytes() <= endBytes) {
        passed.add(request);
      } else {
        submitTail(request);
      }
    }
    below.submit(passed);
  }

  private void submitTail(BlockRequest request) {
    long there = Math.max(0, endBytes - request.offsetBytes());
    boolean reads = request.operation() == BlockOperation.READ;
    if (request.operation() == BlockOperation.WRITE) {
      answered.add(request.tag(), -Errno.ENOSPC);
      return;
    }
    if (reads) {
      long beyond = request.lengthBytes() - there;
      request.memory().zero(request.memoryOffsetBytes() + there, beyond);
    }
    if (there == 0) {
      answered.add(request.tag(), 0);
      return;
    }
    int slot = 0;
    while (used[slot]) {
      slot++;
    }
    used[slot] = true;
    usedCount++;
    BlockRequest shorter = shortened[slot].tag(request.tag());
    shorter.set(request.operation(), request.offsetBytes(), there, request.flags());
    if (reads) {
      shorter.memory(request.memory(), request.memoryOffsetBytes());
    }
    passed.add(shorter);
  }

  @Override
  public void dispatch() {
    below.dispatch();
  }

  @Override
  public int poll(CompletionBatch completions) {
    int count = answered.moveTo(completions);
    if (completions.isFull()) {
      return count;
    }
    int first = completions.count();
    count += below.poll(completions);
    for (int i = first; usedCount > 0 && i < completions.count(); i++) {
      release(completions.tag(i));
    }
    return count;
  }

  /** Frees the request that a completion belongs to, if it is one of ours. */
  private void release(long tag) {
    for (int slot = 0; slot < used.length; slot++) {
      if (used[slot] && shortened[slot].tag() == tag) {
        used[slot] = false;
        usedCount--;
        return;
      }
    }
  }

  @Override
  public int inflight() {
    return answered.count() + below.inflight();
  }

  @Override
  public boolean prepareWait() {
    return answered.isEmpty() && below.prepareWait();
  }

  @Override
  public void attach(Waiter waiter) {
    below.attach(waiter);
  }

  @Override
  public void detach() {
    below.detach();
  }

  @Override
  public void cancel() {
    below.cancel();
  }

  @Override
  public void close() {
    below.close();
  }
}
