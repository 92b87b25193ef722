package org.culebra.block;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.linux.Errno;
import org.culebra.linux.Files;
import org.culebra.linux.IoVector;
import org.culebra.linux.LinuxException;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jctools.queues.varhandle.SpmcVarHandleArrayQueue;

/**
 * A queue of a file whose system calls are made by workers: for where io_uring is forbidden.
 *
 * <p>Requests go to the workers on one ring and come back on another; at most {@link #TASKS_MAX}
 * tasks of the executor work for a queue at once, and none while it has nothing to do.
 */
final class FileWorkerQueue implements BlockQueue {
  private static final int TASKS_MAX = 8;

  private final FileSlots slots;
  private final OpenQueues openQueues;
  private final Executor workers;
  private final SpmcVarHandleArrayQueue<FileIo> pending;
  private final MpscVarHandleArrayQueue<FileIo> returned;
  private final AtomicInteger tasks = new AtomicInteger();
  private final Doorbell doorbell;
  private final Runnable task = this::work;
  private Waiter waiter;

  FileWorkerQueue(FileSlots slots, OpenQueues openQueues, Executor workers) throws LinuxException {
    this.slots = slots;
    this.openQueues = openQueues;
    this.workers = workers;
    pending = new SpmcVarHandleArrayQueue<>(Math.max(2, slots.depth));
    returned = new MpscVarHandleArrayQueue<>(Math.max(2, slots.depth));
    doorbell = new Doorbell();
  }

  @Override
  public void submit(RequestBatch batch) {
    for (int i = 0; i < batch.count(); i++) {
      FileIo io = slots.begin(batch.get(i));
      if (io.isDone()) {
        slots.complete(io);
      } else {
        pending.offer(io);
      }
    }
  }

  @Override
  public void dispatch() {
    while (tasks.get() < pending.size() && enter()) {
      try {
        workers.execute(task);
      } catch (RejectedExecutionException e) {
        if (tasks.decrementAndGet() == 0) {
          returnPending(-Errno.EIO);
        }
        return;
      }
    }
  }

  private boolean enter() {
    int running = tasks.get();
    return running < TASKS_MAX && tasks.compareAndSet(running, running + 1);
  }

  /** A worker's task: makes the calls of request after request until none is pending. */
  private void work() {
    do {
      FileIo io = pending.poll();
      while (io != null) {
        execute(io);
        returned.offer(io);
        doorbell.ring();
        io = pending.poll();
      }
      tasks.decrementAndGet();
      // One may have come before the count went down, with nobody started for it.
    } while (!pending.isEmpty() && enter());
  }

  private void execute(FileIo io) {
    while (!io.isDone()) {
      io.onResult((int) call(io));
    }
  }

  private long call(FileIo io) {
    int fd = slots.file.fd;
    if (io.isCancelled()) {
      return -Errno.ECANCELED;
    }
    return switch (io.step()) {
      case READ -> {
        IoVector vector = io.vector();
        long iovec = vector.iovecAddress();
        yield Files.preadVector(fd, iovec, vector.count(), io.offsetBytes(), 0);
      }
      case WRITE -> {
        IoVector vector = io.vector();
        long iovec = vector.iovecAddress();
        yield Files.pwriteVector(fd, iovec, vector.count(), io.offsetBytes(), io.rwFlags());
      }
      case SYNC -> Files.dataSync(fd);
      case ALLOCATE -> Files.allocate(fd, io.allocationMode(), io.offsetBytes(), io.lengthBytes());
      case DONE -> throw new AssertionError();
    };
  }

  @Override
  public int poll(CompletionBatch completions) {
    doorbell.disarm();
    FileIo io = returned.poll();
    while (io != null) {
      slots.complete(io);
      io = returned.poll();
    }
    return slots.completed.moveTo(completions);
  }

  @Override
  public int inflight() {
    return slots.inflight();
  }

  @Override
  public boolean prepareWait() {
    doorbell.arm();
    return slots.completed.isEmpty() && returned.isEmpty();
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    waiter.watch(doorbell.fd(), Waiter.READABLE);
  }

  @Override
  public void detach() {
    waiter.unwatch(doorbell.fd());
    waiter = null;
  }

  @Override
  public void cancel() {
    slots.cancel();
    returnPending(-Errno.ECANCELED);
  }

  private void returnPending(int result) {
    FileIo io = pending.poll();
    while (io != null) {
      io.abandon(result);
      slots.complete(io);
      io = pending.poll();
    }
  }

  @Override
  public void close() {
    assert waiter == null : "attached at close";
    slots.close();
    // A task that has returned the last request may still be about to ring the doorbell.
    while (tasks.get() > 0) {
      Thread.onSpinWait();
    }
    doorbell.close();
    openQueues.remove();
  }
}
