package org.culebra.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;

/**
 * One queue of a device that has few of them (an NBD server without multi-conn has one), shared by
 * several vrings of one agent. Confined to that agent, but for opening and closing shares.
 *
 * <p>Requests beyond the queue's depth wait in their share's own ring, in order, and are taken in
 * turns. Cancelling one share cancels the queue, for a connection can't be closed by half.
 */
final class SharedQueue {
  /** Requests in flight on the one queue, whatever the shares may have. */
  static final int DEPTH = 256;

  private final BlockQueue queue;
  private final BlockRequest[] requests = new BlockRequest[DEPTH];
  private final Share[] owners = new Share[DEPTH];
  private final long[] ownerTags = new long[DEPTH];
  private final int[] free = new int[DEPTH];
  private final RequestBatch batch = new RequestBatch(DEPTH);
  private final CompletionBatch completions = new CompletionBatch(DEPTH);
  private final List<Share> attached = new ArrayList<>();
  private final AtomicInteger open = new AtomicInteger();
  private int freeCount;
  private int turn;
  private boolean cancelled;

  SharedQueue(BlockQueue queue) {
    this.queue = queue;
    for (int i = 0; i < DEPTH; i++) {
      requests[i] = new BlockRequest();
      free[freeCount++] = i;
    }
  }

  /** Opens a share for so many requests; any thread. */
  BlockQueue share(int depth) {
    open.incrementAndGet();
    return new Share(depth);
  }

  /** Returns whether every share was closed, and with the last one the queue. */
  boolean isClosed() {
    return open.get() == 0;
  }

  /** Returns which share was asked last for a request to forward. */
  int turn() {
    return turn;
  }

  private void forward(Share share, BlockRequest request) {
    int slot = free[--freeCount];
    owners[slot] = share;
    ownerTags[slot] = request.tag();
    BlockRequest own = requests[slot];
    own.set(request.operation(), request.offsetBytes(), request.lengthBytes(), request.flags());
    if (request.memory() != null) {
      own.memory(request.memory(), request.memoryOffsetBytes());
    }
    batch.add(own.tag(slot));
  }

  private void dispatch() {
    if (batch.count() > 0) {
      queue.submit(batch);
      batch.clear();
    }
    queue.dispatch();
  }

  private void pump() {
    completions.clear();
    queue.poll(completions);
    for (int i = 0; i < completions.count(); i++) {
      int slot = (int) completions.tag(i);
      owners[slot].complete(ownerTags[slot], completions.result(i));
      owners[slot] = null;
      free[freeCount++] = slot;
    }
    takeTurns();
  }

  private void takeTurns() {
    int shares = attached.size();
    for (int idle = 0; freeCount > 0 && idle < shares; ) {
      turn = turn + 1 < shares ? turn + 1 : 0;
      Share share = attached.get(turn);
      idle = share.forwardOne() ? 0 : idle + 1;
    }
    if (batch.count() > 0) {
      dispatch();
    }
  }

  private final class Share implements BlockQueue {
    private final BlockRequest[] waiting;
    private final long[] doneTags;
    private final int[] doneResults;
    private int waitingHead;
    private int waitingCount;
    private int doneHead;
    private int doneCount;
    private int inflight;

    Share(int depth) {
      waiting = new BlockRequest[depth];
      doneTags = new long[depth];
      doneResults = new int[depth];
    }

    @Override
    public void submit(RequestBatch requests) {
      inflight += requests.count();
      assert inflight <= waiting.length;
      for (int i = 0; i < requests.count(); i++) {
        BlockRequest request = requests.get(i);
        if (cancelled) {
          complete(request.tag(), -Errno.ECANCELED);
        } else if (freeCount > 0 && waitingCount == 0) {
          forward(this, request);
        } else {
          waiting[(waitingHead + waitingCount++) % waiting.length] = request;
        }
      }
    }

    boolean forwardOne() {
      if (waitingCount == 0) {
        return false;
      }
      BlockRequest request = waiting[waitingHead];
      waiting[waitingHead] = null;
      waitingHead = (waitingHead + 1) % waiting.length;
      waitingCount--;
      if (cancelled) {
        complete(request.tag(), -Errno.ECANCELED);
      } else {
        forward(this, request);
      }
      return true;
    }

    void complete(long tag, int result) {
      int at = (doneHead + doneCount++) % doneTags.length;
      doneTags[at] = tag;
      doneResults[at] = result;
    }

    @Override
    public void dispatch() {
      SharedQueue.this.dispatch();
    }

    @Override
    public int poll(CompletionBatch out) {
      pump();
      int count = Math.min(doneCount, out.remaining());
      for (int i = 0; i < count; i++) {
        out.add(doneTags[doneHead], doneResults[doneHead]);
        doneHead = (doneHead + 1) % doneTags.length;
      }
      doneCount -= count;
      inflight -= count;
      return count;
    }

    @Override
    public int inflight() {
      return inflight;
    }

    @Override
    public boolean prepareWait() {
      return doneCount == 0 && queue.prepareWait();
    }

    @Override
    public void attach(Waiter waiter) {
      if (attached.isEmpty()) {
        queue.attach(waiter);
      }
      attached.add(this);
    }

    @Override
    public void detach() {
      attached.remove(this);
      if (attached.isEmpty()) {
        queue.detach();
      }
    }

    @Override
    public void cancel() {
      if (!cancelled) {
        cancelled = true;
        queue.cancel();
        for (Share share : attached) {
          while (share.forwardOne()) {
            // Each is completed as cancelled.
          }
        }
      }
    }

    @Override
    public void close() {
      assert inflight == 0;
      if (open.decrementAndGet() == 0) {
        queue.close();
      }
    }
  }
}
