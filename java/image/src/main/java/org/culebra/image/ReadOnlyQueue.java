package org.culebra.image;

import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.CompletionRing;
import org.culebra.block.RequestBatch;
import org.culebra.block.RequestRules;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;

/** A queue that answers changes with EROFS and passes the rest on. */
final class ReadOnlyQueue implements BlockQueue {
  private final BlockQueue below;
  private final RequestBatch passed;
  private final CompletionRing refused;

  ReadOnlyQueue(BlockQueue below, int depth) {
    this.below = below;
    passed = new RequestBatch(depth);
    refused = new CompletionRing(depth);
  }

  @Override
  public void submit(RequestBatch batch) {
    passed.clear();
    for (int i = 0; i < batch.count(); i++) {
      BlockRequest request = batch.get(i);
      if (RequestRules.isChange(request.operation())) {
        refused.add(request.tag(), -Errno.EROFS);
      } else {
        passed.add(request);
      }
    }
    below.submit(passed);
  }

  @Override
  public void dispatch() {
    below.dispatch();
  }

  @Override
  public int poll(CompletionBatch completions) {
    int count = refused.moveTo(completions);
    return completions.isFull() ? count : count + below.poll(completions);
  }

  @Override
  public int inflight() {
    return refused.count() + below.inflight();
  }

  @Override
  public boolean prepareWait() {
    return refused.isEmpty() && below.prepareWait();
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
