package org.culebra.cli.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.culebra.frontend.CompletionHandler;
import org.culebra.frontend.FrontEndQueue;
import org.culebra.virtio.blk.BlkStatus;

/**
 * The load on one queue, by one thread: as many requests in flight as the depth says, each
 * completion making the next. Allocates nothing while it is warm and everything is right.
 */
final class BenchWorker implements CompletionHandler, Runnable {
  private static final int SECTOR_SHIFT = 9;
  private static final long AWAIT_NS = 100_000_000L;

  private final FrontEndQueue queue;
  private final int blockBytes;
  private final int depth;
  private final boolean poll;
  private final boolean hasFlush;
  private final BenchPart part;
  private final long buffersAddress;
  private final BlockPicker picker;
  private final BlockVerifier verifierOrNull;
  private final OperationRecorder reads = new OperationRecorder();
  private final OperationRecorder writes = new OperationRecorder();
  private final CountDownLatch loaded = new CountDownLatch(1);
  private final AtomicLong completions = new AtomicLong();
  private final int[] blocks;
  private final boolean[] isRead;
  private final long[] submittedNs;
  private final int[] idle;
  private int idleCount;
  private boolean isReadingBack;
  private long nowNs;
  private long completed;
  private long errors;
  private String firstError;
  private volatile boolean stopLoad;
  private volatile boolean abort;
  private volatile Throwable failure;

  /**
   * Makes the load of a queue.
   *
   * @param part of the disk, its own
   * @param buffersAddress memory of depth times the size of a block
   * @param hasFlush whether the device has a write cache that can be flushed
   * @param verifierOrNull what checks the blocks, or null
   */
  BenchWorker(
      FrontEndQueue queue,
      BenchOptions options,
      BenchPart part,
      long buffersAddress,
      boolean hasFlush,
      BlockVerifier verifierOrNull) {
    this.queue = queue;
    this.blockBytes = options.blockBytes();
    this.depth = options.depth();
    this.poll = options.poll();
    this.hasFlush = hasFlush;
    this.part = part;
    this.buffersAddress = buffersAddress;
    this.verifierOrNull = verifierOrNull;
    long seed = options.seed() + queue.index();
    this.picker = new BlockPicker(part.blockCount(), options.workload(), seed, options.verify());
    this.blocks = new int[depth];
    this.isRead = new boolean[depth];
    this.submittedNs = new long[depth];
    this.idle = new int[depth];
    for (int slot = 0; slot < depth; slot++) {
      idle[idleCount++] = slot;
    }
  }

  @Override
  public void run() {
    try {
      queue.driver().suppressUsedNotifications();
      load();
      drain();
      loaded.countDown();
      if (verifierOrNull != null && !abort) {
        readBack();
      }
    } catch (RuntimeException | AssertionError broken) {
      failure = broken;
    } finally {
      loaded.countDown();
    }
  }

  /** Loads; every slot has at least one request, however short the time. */
  private void load() {
    do {
      while (idleCount > 0) {
        submitNext(idle[--idleCount]);
      }
      queue.submit();
      pollOnce();
    } while (!stopLoad && !abort);
  }

  private void submitNext(int slot) {
    final int block = picker.pick();
    final boolean read = picker.pickRead();
    if (!read && verifierOrNull != null) {
      verifierOrNull.fill(block, address(slot));
    }
    queueRequest(slot, block, read);
  }

  private void queueRequest(int slot, int block, boolean read) {
    blocks[slot] = block;
    isRead[slot] = read;
    final long sector = part.offsetBytes(block) >>> SECTOR_SHIFT;
    final long startNs = System.nanoTime();
    submittedNs[slot] = startNs;
    final boolean isQueued =
        read
            ? queue.read(sector, address(slot), blockBytes, slot, startNs)
            : queue.write(sector, address(slot), blockBytes, slot, startNs);
    assert isQueued : "depth " + depth + ": more than the ring holds";
  }

  /** Takes what has completed; sleeps for a bounded time when there is nothing. */
  private void pollOnce() {
    nowNs = 0;
    final int count = queue.poll(0, this);
    if (count > 0) {
      completed += count;
      completions.lazySet(completed);
    } else if (poll) {
      Thread.onSpinWait();
    } else {
      queue.await(AWAIT_NS);
    }
  }

  private void drain() {
    while (queue.inFlight() > 0 && !abort) {
      pollOnce();
    }
  }

  @Override
  public void onComplete(long tag, int status, long unusedLatencyNs) {
    if (nowNs == 0) {
      nowNs = System.nanoTime();
    }
    if (tag >= depth) {
      onFlushed(status);
      return;
    }
    final int slot = (int) tag;
    final boolean read = isRead[slot];
    final int block = blocks[slot];
    if (!isReadingBack) {
      (read ? reads : writes).record(nowNs - submittedNs[slot]);
      picker.release(block);
    }
    final boolean isGood = status == BlkStatus.OK;
    if (!isGood) {
      onError(read ? "read" : "write", part.offsetBytes(block), status);
    }
    if (verifierOrNull != null) {
      verify(slot, read, block, isGood);
    }
    idle[idleCount++] = slot;
  }

  private void verify(int slot, boolean read, int block, boolean isGood) {
    if (!read) {
      verifierOrNull.onWritten(block, isGood);
    } else if (isGood && !verifierOrNull.check(block, address(slot))) {
      abort = true;
    }
  }

  private void onFlushed(int status) {
    if (status != BlkStatus.OK) {
      onError("flush", 0, status);
    }
  }

  private void onError(String operation, long offsetBytes, int status) {
    errors++;
    if (firstError == null) {
      firstError = operation + " at offset " + offsetBytes + ": " + BlkStatus.name(status);
    }
  }

  /** Flushes, then reads every block that this run wrote. */
  private void readBack() {
    isReadingBack = true;
    if (hasFlush) {
      final boolean isQueued = queue.flush(depth, System.nanoTime());
      assert isQueued;
      queue.submit();
      drain();
    }
    verifierOrNull.beginReadBack();
    int block = verifierOrNull.nextWritten(0);
    while ((block >= 0 || queue.inFlight() > 0) && !abort) {
      while (idleCount > 0 && block >= 0) {
        queueRequest(idle[--idleCount], block, true);
        block = verifierOrNull.nextWritten(block + 1);
      }
      queue.submit();
      pollOnce();
    }
    verifierOrNull.endReadBack();
  }

  private long address(int slot) {
    return buffersAddress + (long) slot * blockBytes;
  }

  /** Makes the load end; any thread. */
  void stopLoad() {
    stopLoad = true;
  }

  /** Makes everything end, requests in flight or not; any thread. */
  void abort() {
    abort = true;
  }

  /** Says whether it ended before its time; any thread. */
  boolean isAborted() {
    return abort || failure != null;
  }

  /** Opens when the load has ended and nothing of it is in flight; any thread. */
  CountDownLatch loaded() {
    return loaded;
  }

  /** Returns how many requests have completed; any thread. */
  long completions() {
    return completions.get();
  }

  /** Returns what went wrong in the thread, or null; once it has ended. */
  Throwable failure() {
    return failure;
  }

  OperationRecorder reads() {
    return reads;
  }

  OperationRecorder writes() {
    return writes;
  }

  FrontEndQueue queue() {
    return queue;
  }

  /** Returns what verify found, or null; once the thread has ended. */
  BenchResult.Verified verified() {
    return verifierOrNull == null ? null : verifierOrNull.verified();
  }

  /** Returns how many requests ended badly; once the thread has ended. */
  long errors() {
    return errors;
  }

  /** Returns the first request that ended badly, or null; once the thread has ended. */
  String firstError() {
    return firstError;
  }
}
