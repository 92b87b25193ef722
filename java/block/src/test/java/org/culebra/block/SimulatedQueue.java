package org.culebra.block;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;

/** A queue of a {@link SimulatedBlockDevice}; everything is guarded by the device. */
final class SimulatedQueue implements BlockQueue {
  /** A request's end, and the change it made, if any. */
  record Outcome(long tag, int result, SimulatedMedium.Change change) {}

  private record Pending(BlockRequest request, long dueAt, long covered) {}

  private final SimulatedBlockDevice device;
  private final int depth;
  private final SplittableRandom random;
  private final SplittableRandom waitRandom;
  private final List<Pending> pending = new ArrayList<>();
  private final ArrayDeque<Outcome> finished = new ArrayDeque<>();
  private final int eventFd;
  private Waiter waiter;
  private long polls;
  private boolean cancelled;

  SimulatedQueue(SimulatedBlockDevice device, int depth, SplittableRandom random)
      throws LinuxException {
    this.device = device;
    this.depth = depth;
    this.random = random;
    waitRandom = random.split();
    eventFd = EventFd.open();
  }

  @Override
  public void submit(RequestBatch batch) {
    synchronized (device) {
      assert !cancelled : "submitted after cancel";
      for (int i = 0; i < batch.count(); i++) {
        BlockRequest request = batch.get(i);
        Capabilities capabilities = device.capabilities();
        boolean growable = capabilities.growable();
        assert inflight() < depth : depth + " requests are in flight already: " + request;
        assert RequestRules.isInside(request, device.capacityBytes(), growable) : request;
        assert RequestRules.isAligned(request, device.limits().alignmentBytes()) : request;
        assert RequestRules.hasMemory(request) : request;
        long dueAt = polls + random.nextInt(device.delayPollsMax() + 1);
        pending.add(new Pending(request, dueAt, device.medium().completions()));
      }
    }
  }

  @Override
  public void dispatch() {}

  @Override
  public int poll(CompletionBatch completions) {
    synchronized (device) {
      EventFd.drain(eventFd);
      executeDue();
      polls++;
      int count = 0;
      while (!finished.isEmpty() && !completions.isFull()) {
        Outcome outcome = finished.remove();
        if (outcome.change() != null) {
          device.medium().complete(outcome.change());
        }
        completions.add(outcome.tag(), outcome.result());
        count++;
      }
      return count;
    }
  }

  private void executeDue() {
    List<Pending> due = new ArrayList<>();
    for (Iterator<Pending> i = pending.iterator(); i.hasNext(); ) {
      Pending next = i.next();
      if (next.dueAt <= polls && !device.isHeld(next.request)) {
        due.add(next);
        i.remove();
      }
    }
    while (!due.isEmpty()) {
      int index = device.delayPollsMax() == 0 ? 0 : random.nextInt(due.size());
      Pending next = due.remove(index);
      finished.add(device.execute(next.request, next.covered));
    }
  }

  /** The power went: what was in flight may have reached the medium in part, and fails. */
  void onPowerCut() {
    for (Pending lost : pending) {
      device.onLost(lost.request);
      finished.add(new Outcome(lost.request.tag(), -Errno.EIO, null));
    }
    pending.clear();
  }

  void wake() {
    EventFd.signal(eventFd);
  }

  @Override
  public int inflight() {
    synchronized (device) {
      return pending.size() + finished.size();
    }
  }

  @Override
  public boolean prepareWait() {
    synchronized (device) {
      boolean runnable = !finished.isEmpty();
      for (Pending next : pending) {
        runnable |= !device.isHeld(next.request);
      }
      if (!runnable) {
        return true;
      }
      // There is something to poll: say so now, or by the descriptor.
      boolean byDescriptor = finished.isEmpty() && waitRandom.nextBoolean();
      if (byDescriptor) {
        EventFd.signal(eventFd);
      }
      return byDescriptor;
    }
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    waiter.watch(eventFd, Waiter.READABLE);
  }

  @Override
  public void detach() {
    waiter.unwatch(eventFd);
    waiter = null;
  }

  @Override
  public void cancel() {
    synchronized (device) {
      cancelled = true;
      for (Pending next : pending) {
        if (random.nextBoolean()) {
          finished.add(device.execute(next.request, next.covered));
        } else {
          finished.add(new Outcome(next.request.tag(), -Errno.ECANCELED, null));
        }
      }
      pending.clear();
    }
  }

  @Override
  public void close() {
    synchronized (device) {
      assert inflight() == 0 : inflight() + " requests in flight at close";
      assert waiter == null : "attached at close";
      Fd.close(eventFd);
      device.onClose(this);
    }
  }
}
