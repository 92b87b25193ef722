package org.culebra.image;

import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.CompletionRing;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;

/** A queue that answers some requests itself and passes the others on, perhaps changed. */
abstract class AnsweringQueue implements BlockQueue {
  private final BlockQueue below;
  private final RequestBatch passed;
  private final CompletionRing answered;

  AnsweringQueue(BlockQueue below, int depth) {
    this.below = below;
    passed = new RequestBatch(depth);
    answered = new CompletionRing(depth);
  }

  /** Returns what goes down for a request, or null after an {@link #answer} to it. */
  abstract BlockRequest pass(BlockRequest request);

  /** Completes a request that doesn't go down. */
  final void answer(BlockRequest request, int result) {
    answered.add(request.tag(), result);
  }

  /** Completions of requests that went down were appended from an index on. */
  void onCompletions(CompletionBatch completions, int first) {}

  @Override
  public final void submit(RequestBatch batch) {
    passed.clear();
    for (int i = 0; i < batch.count(); i++) {
      BlockRequest down = pass(batch.get(i));
      if (down != null) {
        passed.add(down);
      }
    }
    below.submit(passed);
  }

  @Override
  public final void dispatch() {
    below.dispatch();
  }

  @Override
  public final int poll(CompletionBatch completions) {
    int count = answered.moveTo(completions);
    if (completions.isFull()) {
      return count;
    }
    int first = completions.count();
    count += below.poll(completions);
    onCompletions(completions, first);
    return count;
  }

  @Override
  public final int inflight() {
    return answered.count() + below.inflight();
  }

  @Override
  public final boolean prepareWait() {
    return answered.isEmpty() && below.prepareWait();
  }

  @Override
  public final void attach(Waiter waiter) {
    below.attach(waiter);
  }

  @Override
  public final void detach() {
    below.detach();
  }

  @Override
  public final void cancel() {
    below.cancel();
  }

  @Override
  public final void close() {
    below.close();
  }
}
