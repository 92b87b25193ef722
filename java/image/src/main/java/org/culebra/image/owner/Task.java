package org.culebra.image.owner;

/**
 * A step of an open image that waits for something: a table page, a free slot, a child request, a
 * write-back. Confined to the image's owner.
 *
 * <p>It waits in one list at a time, linked through itself, so waiting allocates nothing. What it
 * waited for wakes it: it is put on the ready list and {@link #run} looks at the world again.
 */
public abstract class Task {
  Task next;
  boolean linked;
  int wakeResult;

  /** Makes a task that waits for nothing. */
  protected Task() {}

  /**
   * Goes on until it is done or waits again.
   *
   * @param wakeResult 0, or the negated errno of what it waited for
   */
  protected abstract void run(int wakeResult);

  /** Returns whether it is in a list: it waits, or is about to run. */
  protected final boolean isWaiting() {
    return linked;
  }

  /**
   * Takes the completion of a child request that named this task as its target.
   *
   * @param op the child request, given back after this call
   * @param result 0, or a negated errno
   */
  protected void onChild(ChildOp op, int result) {
    throw new AssertionError(this + ": has no child requests");
  }
}
