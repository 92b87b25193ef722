package org.culebra.block;

/**
 * One submitter's way into a {@link BlockDevice}: batched, asynchronous, never blocking.
 *
 * <p>Confined to one thread at a time. It moves to another by {@link #detach()} on the old one,
 * then {@link #attach} on the new one, with the hand-over between them ordered by the caller; it
 * may have requests in flight while it moves.
 *
 * <p>The order of submissions means nothing between requests in flight: a caller that needs one
 * write after another, or a flush after a write, waits for the first to complete.
 */
public interface BlockQueue extends AutoCloseable {
  /**
   * Takes all requests of a batch. Each completes exactly once through {@link #poll}. Valid
   * requests lie inside the device (a growable device has no end for writes), are aligned to {@link
   * Limits#alignmentBytes()} and no more than the queue's depth are in flight: these are the
   * caller's to keep, and asserted. Anything else that is wrong is a completion with an error,
   * never an exception.
   */
  void submit(RequestBatch batch);

  /** Sends what was submitted; called once after the submissions of a cycle. */
  void dispatch();

  /**
   * Does what can be done without blocking and appends completions up to the batch's room.
   *
   * @return how many completions were appended
   */
  int poll(CompletionBatch completions);

  /** Returns how many requests have been taken and not yet returned by {@link #poll}. */
  int inflight();

  /**
   * Makes ready to sleep: from here on, any progress makes one of the descriptors that were given
   * to the {@link Waiter} ready.
   *
   * @return false when there is something to poll right now, so that the caller must not sleep
   */
  boolean prepareWait();

  /** Gives the descriptors to wait on to the thread that now owns this queue. */
  void attach(Waiter waiter);

  /** Takes the descriptors back from the thread that owned this queue. */
  void detach();

  /**
   * Ends every request in flight as soon as nothing can touch its memory any more; those that
   * hadn't completed complete with ECANCELED (or another error) through {@link #poll}. A cancelled
   * write may or may not have happened. Nothing is submitted afterwards.
   */
  void cancel();

  /** Gives back what the queue holds. Nothing is in flight, and it is detached. */
  @Override
  void close();
}
