package org.culebra.block;

import org.culebra.linux.LinuxException;
import org.culebra.linux.uring.CompletionQueue;
import org.culebra.linux.uring.Ring;
import org.culebra.linux.uring.Sqe;
import org.culebra.linux.uring.SubmissionQueue;

/**
 * A queue of a file with an io_uring of its own. Each request has one entry in the ring at a time,
 * so that the ring is as deep as the queue and never full.
 */
final class FileRingQueue implements BlockQueue {
  private static final int REGISTERED_FILE = 0;
  private static final long CANCEL_TAG = -1;

  private final FileSlots slots;
  private final OpenQueues openQueues;
  private final Ring ring;
  private final SubmissionQueue sq;
  private final CompletionQueue cq;
  private Waiter waiter;
  private int nextToCancel = Integer.MAX_VALUE;

  FileRingQueue(FileSlots slots, OpenQueues openQueues) throws LinuxException {
    this.slots = slots;
    this.openQueues = openQueues;
    ring = new Ring(slots.depth);
    sq = ring.sq();
    cq = ring.cq();
    try {
      ring.registerFiles(slots.file.fd);
    } catch (LinuxException e) {
      ring.close();
      throw e;
    }
  }

  @Override
  public void submit(RequestBatch batch) {
    for (int i = 0; i < batch.count(); i++) {
      FileIo io = slots.begin(batch.get(i));
      proceed(io);
    }
  }

  /** Enters a request's next step into the ring, or completes it. */
  private void proceed(FileIo io) {
    if (io.isDone()) {
      slots.complete(io);
      return;
    }
    Sqe sqe = sq.next();
    assert sqe != null : "ring full with " + slots.running() + " requests";
    switch (io.step()) {
      case READ -> {
        long iovec = io.vector().iovecAddress();
        sqe.readv(REGISTERED_FILE, iovec, io.vector().count(), io.offsetBytes());
      }
      case WRITE -> {
        long iovec = io.vector().iovecAddress();
        sqe.writev(REGISTERED_FILE, iovec, io.vector().count(), io.offsetBytes());
        sqe.rwFlags(io.rwFlags());
      }
      case SYNC -> sqe.fsync(REGISTERED_FILE, true);
      case ALLOCATE -> {
        int mode = io.allocationMode();
        sqe.fallocate(REGISTERED_FILE, mode, io.offsetBytes(), io.lengthBytes());
      }
      case DONE -> throw new AssertionError();
    }
    sqe.flags(Sqe.IOSQE_FIXED_FILE).userData(io.index);
  }

  @Override
  public void dispatch() {
    if (sq.pending() > 0) {
      // A negative result (EAGAIN, EBUSY, EINTR) leaves the entries for the next poll.
      ring.submit();
    }
  }

  @Override
  public int poll(CompletionBatch completions) {
    int available = cq.peek();
    for (int i = 0; i < available; i++) {
      long tag = cq.userData(i);
      if (tag != CANCEL_TAG) {
        FileIo io = slots.all[(int) tag];
        io.onResult(cq.result(i));
        proceed(io);
      }
    }
    if (available > 0) {
      cq.advance(available);
    }
    enterCancels();
    dispatch();
    return slots.completed.moveTo(completions);
  }

  @Override
  public int inflight() {
    return slots.inflight();
  }

  @Override
  public boolean prepareWait() {
    return slots.completed.isEmpty() && cq.isEmpty() && sq.pending() == 0;
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    waiter.watch(ring.fd(), Waiter.READABLE);
  }

  @Override
  public void detach() {
    waiter.unwatch(ring.fd());
    waiter = null;
  }

  @Override
  public void cancel() {
    slots.cancel();
    dispatch();
    nextToCancel = 0;
    enterCancels();
    dispatch();
  }

  /** Asks the kernel to end requests early, as many as the ring has room for. */
  private void enterCancels() {
    while (nextToCancel < slots.depth && slots.running() > 0) {
      if (!slots.all[nextToCancel].isDone()) {
        Sqe sqe = sq.next();
        if (sqe == null) {
          return;
        }
        sqe.asyncCancel(nextToCancel).userData(CANCEL_TAG);
      }
      nextToCancel++;
    }
  }

  @Override
  public void close() {
    assert waiter == null : "attached at close";
    slots.close();
    ring.close();
    openQueues.remove();
  }
}
