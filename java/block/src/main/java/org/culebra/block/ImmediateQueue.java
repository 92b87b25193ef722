package org.culebra.block;

/**
 * The base of queues whose requests complete while they are submitted: {@code submit} of a subclass
 * calls {@link #complete} for each request, the rest stands here.
 *
 * <p>Has no descriptor to wait on: what is in flight can be polled at once.
 */
public abstract class ImmediateQueue implements BlockQueue {
  private final OpenQueues openQueues;
  private final CompletionRing completed;
  private final int depth;
  private boolean cancelled;
  private boolean attached;

  /**
   * Makes an empty queue.
   *
   * @param depth the requests that may be in flight at once, above 0
   * @param openQueues the device's count, which this queue was added to
   */
  protected ImmediateQueue(int depth, OpenQueues openQueues) {
    this.depth = depth;
    this.openQueues = openQueues;
    completed = new CompletionRing(depth);
  }

  /**
   * Ends a request that is being submitted.
   *
   * @param result 0, or a negated errno
   */
  protected final void complete(BlockRequest request, int result) {
    assert !cancelled : "submitted after cancel: " + request;
    assert completed.count() < depth : depth + " requests are in flight already: " + request;
    completed.add(request.tag(), result);
  }

  @Override
  public final void dispatch() {}

  @Override
  public final int poll(CompletionBatch completions) {
    return completed.moveTo(completions);
  }

  @Override
  public final int inflight() {
    return completed.count();
  }

  @Override
  public final boolean prepareWait() {
    return completed.isEmpty();
  }

  @Override
  public final void attach(Waiter waiter) {
    assert !attached;
    attached = true;
  }

  @Override
  public final void detach() {
    assert attached;
    attached = false;
  }

  @Override
  public final void cancel() {
    cancelled = true;
  }

  @Override
  public final void close() {
    assert completed.isEmpty() : completed.count() + " requests in flight at close";
    assert !attached : "attached at close";
    openQueues.remove();
  }
}
