package org.culebra.image.owner;

import org.culebra.block.BlockRequest;

/**
 * One slot of a {@link ChildQueue}: the request that goes down, and the task that gets its
 * completion. Confined to the image's owner.
 */
public final class ChildOp {
  private final BlockRequest request = new BlockRequest();
  private final ChildQueue queue;
  private Task target;
  private int code;
  private Object subject;

  ChildOp(ChildQueue queue, int slot) {
    this.queue = queue;
    request.tag(slot);
  }

  /** Returns the request, to be set before {@link #submit}; its tag is the slot's. */
  public BlockRequest request() {
    return request;
  }

  /** Returns what the target gave, to tell its child requests apart. */
  public int code() {
    return code;
  }

  /** Returns what the target gave, or null. */
  public Object subject() {
    return subject;
  }

  /**
   * Puts the request on its way.
   *
   * @param target gets the completion
   * @param code for the target's use
   * @param subject for the target's use, or null
   */
  public void submit(Task target, int code, Object subject) {
    this.target = target;
    this.code = code;
    this.subject = subject;
    queue.add(this);
  }

  /** Puts the request on its way. */
  public void submit(Task target, int code) {
    submit(target, code, null);
  }

  void complete(int result) {
    target.onChild(this, result);
    target = null;
    subject = null;
  }
}
