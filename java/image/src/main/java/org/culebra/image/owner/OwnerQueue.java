package org.culebra.image.owner;

import java.io.IOException;
import org.culebra.block.BlockQueue;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * A submitter's queue into an image that has an {@link Owner}: requests go to the owner through one
 * bounded ring and come back through another, with an eventfd as doorbell for a sleeper.
 *
 * <p>Both rings have one producer and one consumer at a time: this queue's thread on one side,
 * whoever holds the owner's baton on the other.
 */
final class OwnerQueue implements BlockQueue {
  private final Owner owner;
  private final int depth;
  private final SpscVarHandleArrayQueue<OwnedRequest> submitted;
  private final SpscVarHandleArrayQueue<OwnedRequest> completed;
  private final OwnedRequest[] free;
  private final int doorbellFd;
  private final int ownerFd;
  private int freeCount;
  private Waiter waiter;
  private boolean watchesOwner;
  private int idleWakes;
  private volatile boolean asleep;
  private volatile boolean rung;
  private volatile boolean cancelled;

  // Of the holder of the baton.
  private int owned;
  private boolean delivered;

  /** Wake-ups with nothing in flight after which the owner's descriptor isn't watched any more. */
  private static final int IDLE_WAKES_MAX = 8;

  OwnerQueue(Owner owner, int depth, int ownerFd) throws IOException {
    this.owner = owner;
    this.depth = depth;
    // Its own number for the owner's descriptor: queues of one agent share the agent's waiter.
    this.ownerFd = Fd.duplicate(ownerFd);
    submitted = new SpscVarHandleArrayQueue<>(Math.max(depth, 4));
    completed = new SpscVarHandleArrayQueue<>(Math.max(depth, 4));
    free = new OwnedRequest[depth];
    doorbellFd = EventFd.open();
  }

  void addRequest(OwnedRequest request) {
    request.bind(this);
    free[freeCount++] = request;
  }

  @Override
  public void submit(RequestBatch batch) {
    assert !cancelled : "submitted after cancel";
    int count = batch.count();
    assert count <= freeCount : inflight() + " + " + count + " requests: depth is " + depth;
    for (int i = 0; i < count; i++) {
      OwnedRequest request = free[--freeCount];
      request.set(batch.get(i));
      boolean taken = submitted.offer(request);
      assert taken;
    }
  }

  @Override
  public void dispatch() {
    owner.drive(this);
  }

  @Override
  public int poll(CompletionBatch completions) {
    wake();
    owner.drive(this);
    int count = 0;
    while (!completions.isFull()) {
      OwnedRequest request = completed.poll();
      if (request == null) {
        break;
      }
      completions.add(request.request().tag(), request.result());
      request.set(null);
      free[freeCount++] = request;
      count++;
    }
    return count;
  }

  @Override
  public int inflight() {
    return depth - freeCount;
  }

  @Override
  public boolean prepareWait() {
    // Nobody polls a queue with nothing in flight: what woke its thread is counted here.
    wake();
    if (!completed.isEmpty()) {
      return false;
    }
    if (inflight() > 0) {
      watchOwner();
    } else if (idleWakes >= IDLE_WAKES_MAX && watchesOwner) {
      waiter.watch(ownerFd, 0);
      watchesOwner = false;
    }
    // Seen by every later holder of the baton: pairs with its compareAndSet in tryEnter().
    asleep = true;
    if (!owner.driveAndPrepareWait(this) || !completed.isEmpty()) {
      asleep = false;
      return false;
    }
    return true;
  }

  private void wake() {
    if (asleep) {
      asleep = false;
      idleWakes = inflight() == 0 ? idleWakes + 1 : 0;
      if (rung) {
        // Drained first: what is signalled in between stays readable, or is seen by this poll.
        EventFd.drain(doorbellFd);
        rung = false;
      }
    }
  }

  private void watchOwner() {
    if (!watchesOwner) {
      waiter.watch(ownerFd, Waiter.READABLE);
      watchesOwner = true;
      idleWakes = 0;
    }
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    waiter.watch(doorbellFd, Waiter.READABLE);
    watchOwner();
  }

  @Override
  public void detach() {
    waiter.unwatch(ownerFd);
    waiter.unwatch(doorbellFd);
    waiter = null;
    watchesOwner = false;
    asleep = false;
  }

  @Override
  public void cancel() {
    cancelled = true;
    owner.onCancelled();
  }

  @Override
  public void close() {
    assert inflight() == 0 : inflight() + " requests in flight at close";
    assert waiter == null : "attached at close";
    owner.remove(this);
    Fd.close(doorbellFd);
    Fd.close(ownerFd);
  }

  boolean isCancelled() {
    return cancelled;
  }

  // From here on by the holder of the baton.

  void takeRequests(OwnerCore core) {
    for (int i = 0; i < depth; i++) {
      OwnedRequest request = submitted.poll();
      if (request == null) {
        return;
      }
      owned++;
      core.accept(request);
    }
  }

  void deliver(OwnedRequest request) {
    owned--;
    delivered = true;
    boolean taken = completed.offer(request);
    assert taken;
  }

  void ringIfAsleep() {
    if (delivered) {
      delivered = false;
      if (asleep) {
        ring();
      }
    }
  }

  void ring() {
    if (!rung) {
      rung = true;
      EventFd.signal(doorbellFd);
    }
  }

  boolean isAsleepWithWork() {
    return asleep && owned > 0;
  }
}
