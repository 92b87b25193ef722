package org.culebra.block.filter;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.Capabilities;
import org.culebra.block.CompletionBatch;
import org.culebra.block.CompletionRing;
import org.culebra.block.Doorbell;
import org.culebra.block.RequestBatch;
import org.culebra.block.RequestRules;
import org.culebra.block.Waiter;
import org.culebra.block.filter.AlignmentSlot.State;
import org.culebra.linux.Errno;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Mapping;

/** A queue of an {@link AlignmentFilter}: one request below at a time for each that came. */
final class AlignmentQueue implements BlockQueue {
  private final AlignmentFilter device;
  private final BlockQueue lower;
  private final int depth;
  private final boolean refusesChanges;
  private final Capabilities capabilities;
  private final WriteRanges ranges;
  private final Mapping buffers;
  private final Doorbell doorbell;
  private final AlignmentSlot[] all;
  private final AlignmentSlot[] free;
  private final AlignmentSlot[] waiting;
  private final RequestBatch downward;
  private final CompletionBatch upward;
  private final CompletionRing completed;
  private int freeCount;
  private int waitingCount;
  private boolean cancelled;
  private Waiter waiter;

  AlignmentQueue(AlignmentFilter device, BlockQueue lower, int depth) throws LinuxException {
    this.device = device;
    this.lower = lower;
    this.depth = depth;
    capabilities = device.capabilities();
    refusesChanges = capabilities.readOnly();
    ranges = device.ranges();
    int unitBytes = device.unitBytes();
    buffers = Mapping.anonymous(2L * unitBytes * depth);
    doorbell = new Doorbell();
    all = new AlignmentSlot[depth];
    free = new AlignmentSlot[depth];
    waiting = new AlignmentSlot[depth];
    for (int i = 0; i < depth; i++) {
      long buffer = buffers.address() + 2L * unitBytes * i;
      all[i] = new AlignmentSlot(i, unitBytes, buffer, doorbell);
      free[freeCount++] = all[i];
    }
    downward = new RequestBatch(depth);
    upward = new CompletionBatch(depth);
    completed = new CompletionRing(depth);
  }

  @Override
  public void submit(RequestBatch batch) {
    assert !cancelled : "submitted after cancel";
    for (int i = 0; i < batch.count(); i++) {
      BlockRequest request = batch.get(i);
      assert inflight() < depth : depth + " requests are in flight already: " + request;
      assert RequestRules.isAligned(request, device.limits().alignmentBytes()) : request;
      AlignmentSlot slot = free[--freeCount];
      slot.begin(request);
      begin(slot);
    }
    sendDown();
  }

  private void sendDown() {
    if (downward.count() > 0) {
      lower.submit(downward);
      downward.clear();
    }
  }

  private void begin(AlignmentSlot slot) {
    BlockOperation operation = slot.request.operation();
    if (!RequestRules.isChange(operation)) {
      start(slot);
      return;
    }
    int refusal = slot.isAligned() ? 0 : refusal(slot.request);
    if (refusal != 0) {
      finish(slot, refusal, false);
      return;
    }
    if (operation == BlockOperation.DISCARD && !slot.hasMiddle()) {
      finish(slot, 0, false);
      return;
    }
    boolean exclusive = !slot.isAligned() && operation != BlockOperation.DISCARD;
    if (ranges.enter(slot, slot.startBytes(), slot.endBytes(), exclusive)) {
      start(slot);
    } else {
      waiting[waitingCount++] = slot;
    }
  }

  /**
   * Returns what an unaligned change that isn't taken ends with, or 0; below answers the others.
   */
  private int refusal(BlockRequest request) {
    if (refusesChanges) {
      return -Errno.EROFS;
    }
    boolean taken =
        switch (request.operation()) {
          case DISCARD -> capabilities.discard();
          // The ends would be buffers of zeroes.
          case WRITE_ZEROES -> capabilities.writeZeroes() && !request.has(BlockRequest.NO_FALLBACK);
          default -> true;
        };
    return taken ? 0 : -Errno.EOPNOTSUPP;
  }

  private void start(AlignmentSlot slot) {
    if (slot.request.operation() == BlockOperation.FLUSH || slot.isAligned()) {
      slot.pass();
    } else {
      switch (slot.request.operation()) {
        case READ -> slot.wholeUnits(State.READ);
        case DISCARD -> slot.middle(State.LAST);
        case WRITE_ZEROES -> startZeroes(slot);
        default -> startWrite(slot);
      }
    }
    downward.add(slot.below);
  }

  private static void startWrite(AlignmentSlot slot) {
    if (slot.hasHead()) {
      slot.readHead();
    } else {
      slot.readTail();
    }
  }

  private static void startZeroes(AlignmentSlot slot) {
    if (slot.hasMiddle()) {
      slot.middle(State.ZERO_MIDDLE);
    } else {
      startWrite(slot);
    }
  }

  private void onCompletion(AlignmentSlot slot, int result) {
    if (result != 0 || slot.state == State.LAST) {
      finish(slot, result, RequestRules.isChange(slot.request.operation()));
      return;
    }
    if (slot.state == State.READ) {
      slot.copyEndsOut();
      finish(slot, 0, false);
      return;
    }
    if (cancelled) {
      finish(slot, -Errno.ECANCELED, true);
      return;
    }
    proceed(slot);
    downward.add(slot.below);
  }

  private static void proceed(AlignmentSlot slot) {
    boolean zeroes = slot.request.operation() == BlockOperation.WRITE_ZEROES;
    switch (slot.state) {
      case ZERO_MIDDLE -> startWrite(slot);
      case READ_HEAD -> {
        slot.changeHead();
        if (zeroes) {
          slot.writeHead(slot.hasTail() ? State.WRITE_HEAD : State.LAST);
        } else if (slot.hasTail()) {
          slot.readTail();
        } else {
          slot.wholeUnits(State.LAST);
        }
      }
      case WRITE_HEAD -> slot.readTail();
      case READ_TAIL -> {
        slot.changeTail();
        if (zeroes) {
          slot.writeTail();
        } else {
          slot.wholeUnits(State.LAST);
        }
      }
      default -> throw new AssertionError(slot.state);
    }
  }

  private void finish(AlignmentSlot slot, int result, boolean entered) {
    if (entered) {
      ranges.leave(slot);
    }
    completed.add(slot.request.tag(), result);
    free[freeCount++] = slot;
  }

  @Override
  public void dispatch() {
    lower.dispatch();
  }

  @Override
  public int poll(CompletionBatch completions) {
    doorbell.disarm();
    upward.clear();
    lower.poll(upward);
    for (int i = 0; i < upward.count(); i++) {
      onCompletion(all[(int) upward.tag(i)], upward.result(i));
    }
    startWaiting();
    if (downward.count() > 0) {
      sendDown();
      lower.dispatch();
    }
    return completed.moveTo(completions);
  }

  /** Starts the requests that waited for others and don't have to any more, oldest first. */
  private void startWaiting() {
    int kept = 0;
    for (int i = 0; i < waitingCount; i++) {
      AlignmentSlot slot = waiting[i];
      if (ranges.mayGoOn(slot)) {
        start(slot);
      } else {
        waiting[kept++] = slot;
      }
    }
    waitingCount = kept;
  }

  @Override
  public int inflight() {
    return depth - freeCount + completed.count();
  }

  @Override
  public boolean prepareWait() {
    doorbell.arm();
    for (int i = 0; i < waitingCount; i++) {
      if (ranges.mayGoOn(waiting[i])) {
        return false;
      }
    }
    return completed.isEmpty() && lower.prepareWait();
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    waiter.watch(doorbell.fd(), Waiter.READABLE);
    lower.attach(waiter);
  }

  @Override
  public void detach() {
    lower.detach();
    waiter.unwatch(doorbell.fd());
    waiter = null;
  }

  @Override
  public void cancel() {
    cancelled = true;
    for (int i = 0; i < waitingCount; i++) {
      finish(waiting[i], -Errno.ECANCELED, true);
    }
    waitingCount = 0;
    lower.cancel();
  }

  @Override
  public void close() {
    assert inflight() == 0 : inflight() + " requests in flight at close";
    assert waiter == null : "attached at close";
    lower.close();
    for (AlignmentSlot slot : all) {
      slot.close();
    }
    doorbell.close();
    buffers.close();
    device.onClose();
  }
}
