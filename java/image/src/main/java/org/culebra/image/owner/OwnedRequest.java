package org.culebra.image.owner;

import org.culebra.block.BlockRequest;

/**
 * A request of an {@link OwnerQueue} while the owner works on it. A format extends it by what its
 * own machine needs; all of a queue's are made when the queue is opened.
 *
 * <p>The submitter's thread sets it and takes it back; in between it is the owner's. Both
 * hand-overs go through a ring, which orders them.
 */
public abstract class OwnedRequest extends Task {
  private OwnerQueue queue;
  private BlockRequest request;
  private int result;

  /** Makes a free one. */
  protected OwnedRequest() {}

  final void bind(OwnerQueue queue) {
    this.queue = queue;
  }

  final void set(BlockRequest request) {
    this.request = request;
  }

  final int result() {
    return result;
  }

  final OwnerQueue queue() {
    return queue;
  }

  /** Returns what was asked for. */
  public final BlockRequest request() {
    return request;
  }

  /** Returns whether its queue was cancelled, so that it ends as soon as it can. */
  public final boolean isCancelled() {
    return queue.isCancelled();
  }

  /**
   * Ends it; nothing touches its memory from here on.
   *
   * @param result 0, or a negated errno
   */
  protected final void complete(int result) {
    assert result <= 0;
    this.result = result;
    queue.deliver(this);
  }
}
