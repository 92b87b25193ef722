package org.culebra.block.filter;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The ranges of all writes of a device, those under way and those that wait, in the order in which
 * they came: a write that changes units in place waits for every earlier one it overlaps, and later
 * ones wait for it. Writes of whole units don't wait for each other.
 *
 * <p>Since each waits only for earlier ones, none waits for ever. Any thread; the lock is held for
 * a walk over the ranges, never across I/O.
 */
final class WriteRanges {
  /** A range; a member of the list between {@link #enter} and {@link #leave}. */
  abstract static class Range {
    private long startBytes;
    private long endBytes;
    private boolean exclusive;
    private boolean waiting;
    private Range previous;
    private Range next;

    /** Tells the owner of a range that waits to look again; any thread, the list is locked. */
    abstract void wake();

    private boolean conflicts(Range other) {
      return (exclusive || other.exclusive)
          && startBytes < other.endBytes
          && other.startBytes < endBytes;
    }
  }

  private final AtomicBoolean locked = new AtomicBoolean();
  private Range first;
  private Range last;

  /**
   * Adds a range behind all others.
   *
   * @return whether it may go on at once; else {@link #mayGoOn} says when
   */
  boolean enter(Range range, long startBytes, long endBytes, boolean exclusive) {
    range.startBytes = startBytes;
    range.endBytes = endBytes;
    range.exclusive = exclusive;
    lock();
    range.previous = last;
    range.next = null;
    if (last == null) {
      first = range;
    } else {
      last.next = range;
    }
    last = range;
    boolean free = isFree(range);
    range.waiting = !free;
    unlock();
    return free;
  }

  /** Returns whether a range that waited doesn't have to any more. */
  boolean mayGoOn(Range range) {
    lock();
    boolean free = isFree(range);
    range.waiting = !free;
    unlock();
    return free;
  }

  private static boolean isFree(Range range) {
    for (Range earlier = range.previous; earlier != null; earlier = earlier.previous) {
      if (earlier.conflicts(range)) {
        return false;
      }
    }
    return true;
  }

  /** Takes a range out and wakes those that waited for it. */
  void leave(Range range) {
    lock();
    if (range.previous == null) {
      first = range.next;
    } else {
      range.previous.next = range.next;
    }
    if (range.next == null) {
      last = range.previous;
    } else {
      range.next.previous = range.previous;
    }
    for (Range later = range.next; later != null; later = later.next) {
      if (later.waiting && later.conflicts(range)) {
        later.wake();
      }
    }
    range.previous = null;
    range.next = null;
    unlock();
  }

  /** Returns whether no write is under way. */
  boolean isEmpty() {
    lock();
    boolean empty = first == null;
    unlock();
    return empty;
  }

  private void lock() {
    while (!locked.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
  }

  private void unlock() {
    locked.set(false);
  }
}
