package org.culebra.image.owner;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.block.BlockQueue;
import org.culebra.block.EpollWaiter;
import org.culebra.linux.Epoll;

/**
 * The owner of one open image: all changes of its tables happen here, by one thread at a time.
 *
 * <p>Being the owner is a baton. A queue's thread takes it in {@code dispatch}, {@code poll} and
 * {@code prepareWait}, works for <em>all</em> queues of the image, and puts it down; who finds it
 * taken leaves its requests in its ring and goes on, since the holder, or its own next call, takes
 * them. So no queue depends on another one's thread: that may sleep, be slow, or be gone.
 *
 * <p>The descriptors of the queues below are tied to no thread: they are in an epoll of the
 * owner's, and each queue with requests in flight has that epoll's descriptor watched while it
 * sleeps.
 */
public final class Owner {
  private static final OwnerQueue[] NONE = {};

  private final OwnerCore core;
  private final AtomicBoolean baton = new AtomicBoolean();
  private volatile OwnerQueue[] queues = NONE;
  private Epoll epoll;
  private EpollWaiter waiter;

  /** Makes an owner without queues. */
  public Owner(OwnerCore core) {
    this.core = core;
  }

  /** Makes what queues need; called by the control thread before the first one is opened. */
  public void start() throws IOException {
    assert epoll == null;
    epoll = new Epoll();
    waiter = new EpollWaiter(epoll);
  }

  /** Gives back what {@link #start} made; no queue is open. */
  public void stop() {
    assert queues.length == 0 : queues.length + " queues are open";
    epoll.close();
    epoll = null;
  }

  /**
   * Opens a queue; called by the control thread.
   *
   * @param depth the requests that may be in flight at once
   */
  public BlockQueue open(int depth) throws IOException {
    enter();
    try {
      core.openChildren(waiter, depth);
      OwnerQueue queue = new OwnerQueue(this, depth, epoll.fd());
      for (int i = 0; i < depth; i++) {
        queue.addRequest(core.newRequest());
      }
      OwnerQueue[] grown = Arrays.copyOf(queues, queues.length + 1);
      grown[queues.length] = queue;
      queues = grown;
      return queue;
    } finally {
      leave();
    }
  }

  /** Opens the queues below if no queue was opened yet, for look-ups by the control thread. */
  public void ensureChildren() throws IOException {
    enter();
    try {
      core.openChildren(waiter, 1);
    } finally {
      leave();
    }
  }

  void remove(OwnerQueue queue) {
    enter();
    queues = Arrays.stream(queues).filter(q -> q != queue).toArray(OwnerQueue[]::new);
    leave();
  }

  /** Waits for the baton; for the control thread and for closing, never for the data path. */
  public void enter() {
    while (!tryEnter()) {
      Thread.onSpinWait();
    }
  }

  /** Takes the baton if nobody holds it. */
  boolean tryEnter() {
    return !baton.getPlain() && baton.compareAndSet(false, true);
  }

  /** Puts the baton down. */
  public void leave() {
    baton.set(false);
  }

  /** Works for all queues once, if nobody else does. */
  void drive(OwnerQueue caller) {
    if (tryEnter()) {
      cycle();
      armForOthers(caller);
      leave();
    }
  }

  /**
   * Works for all queues once and makes ready to sleep.
   *
   * @return false when there is something to do, or when another thread holds the baton
   */
  boolean driveAndPrepareWait(OwnerQueue caller) {
    if (!tryEnter()) {
      return false;
    }
    cycle();
    boolean quiet = core.prepareWait();
    leave();
    return quiet;
  }

  /** One duty cycle; the caller holds the baton. */
  public void cycle() {
    OwnerQueue[] queues = this.queues;
    core.poll();
    for (int i = 0; i < queues.length; i++) {
      queues[i].takeRequests(core);
    }
    core.poll();
    core.dispatch();
    for (int i = 0; i < queues.length; i++) {
      queues[i].ringIfAsleep();
    }
  }

  /** A sleeping queue with requests in flight relies on the descriptors: they must be armed. */
  private void armForOthers(OwnerQueue caller) {
    OwnerQueue[] queues = this.queues;
    boolean armed = false;
    for (int i = 0; i < queues.length; i++) {
      OwnerQueue queue = queues[i];
      if (queue != caller && queue.isAsleepWithWork()) {
        armed = armed || core.prepareWait();
        if (!armed) {
          queue.ring();
        }
      }
    }
  }

  /** Ends everything below once every queue is cancelled. */
  void onCancelled() {
    enter();
    boolean all = true;
    for (OwnerQueue queue : queues) {
      all &= queue.isCancelled();
    }
    cycle();
    if (all) {
      core.cancelChildren();
    }
    leave();
  }
}
