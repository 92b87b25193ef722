package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * Makes the tables durable, one cycle at a time for all flushes that wait. Confined to the owner.
 *
 * <p>A cycle copies all dirty pages at one instant. Each L2 entry in the copy had its data write
 * completed, each cluster its refcount raised, each new table its zeroes written. Then, with a
 * flush after each step that wrote:
 *
 * <pre>
 *   refcount blocks, together with the data  ->  refcount table  ->  L2 and L1 tables
 * </pre>
 *
 * <p>L1 goes with L2: an L1 entry that is durable alone points at a table whose first content
 * (zeroes, or a copy) became durable in the first flush.
 */
final class WriteBack extends Task {
  private static final int BLOCKS = 0;
  private static final int BLOCKS_FLUSH = 1;
  private static final int TABLE = 2;
  private static final int TABLE_FLUSH = 3;
  private static final int MAPPING = 4;
  private static final int MAPPING_FLUSH = 5;
  private static final int END = 6;

  private final Qcow2Core core;
  private final TableCache cache;
  private final TablePage[] pages;
  private final IoVector copies;
  private final long copiesAddress;
  private final int dirtyMax;
  private TaskList joined = new TaskList();
  private TaskList served = new TaskList();
  private final TaskList reliefWaiters = new TaskList();
  private boolean running;
  private int pageCount;
  private int step;
  private int cursor;
  private int pending;
  private boolean wrote;
  private int error;

  /** Makes an idle one; the copies' memory is as large as the cache's. */
  WriteBack(Qcow2Core core, long copiesAddress) {
    this.core = core;
    this.copiesAddress = copiesAddress;
    cache = core.cache;
    pages = new TablePage[cache.frameCount()];
    copies = IoVector.of(copiesAddress, (long) pages.length << core.geometry.pageBits);
    dirtyMax = pages.length / 4;
  }

  /** Runs a task when everything that is done now is durable, or can't be. */
  void join(Task task) {
    joined.add(task);
    if (!running) {
      begin();
    }
  }

  /** Returns whether tables hold changes that aren't durable. */
  boolean isNeeded() {
    return running || cache.dirtyCount() > 0;
  }

  /** Returns whether so many pages are dirty that changes wait. */
  boolean mustWaitForClean() {
    return cache.dirtyCount() >= dirtyMax;
  }

  /** Returns whether changes of the tables wait: too much is dirty or pending. */
  boolean mustWait() {
    return mustWaitForClean() || core.frees.isFull();
  }

  /** Runs a task when it is worth looking at {@link #mustWait} again. */
  void awaitRelief(Task task) {
    reliefWaiters.add(task);
    if (!running && (cache.dirtyCount() > 0 || !core.frees.isEmpty())) {
      begin();
    }
  }

  /** Begins a cycle because the cache has no clean page to give up. */
  void makeRoom() {
    if (!running && cache.dirtyCount() > 0) {
      begin();
    }
  }

  /** All clusters of a batch of frees are free. */
  void onFreesDone() {
    reliefWaiters.wakeAll(core.ready, 0);
  }

  private void begin() {
    running = true;
    error = 0;
    pageCount = 0;
    int pageSize = core.geometry.pageSize;
    for (int i = 0; i < pages.length && cache.dirtyCount() > 0; i++) {
      TablePage page = cache.frame(i);
      if (page.dirty) {
        Memory.copy(page.address, copiesAddress + (long) i * pageSize, pageSize);
        cache.markClean(page);
        page.writing = true;
        pages[pageCount++] = page;
      }
    }
    TaskList swap = served;
    served = joined;
    joined = swap;
    core.frees.onSnapshot();
    step = BLOCKS;
    cursor = 0;
    wrote = false;
    goOn();
  }

  @Override
  protected void run(int wakeResult) {
    goOn();
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    pending--;
    if (result != 0 && error == 0) {
      error = result;
    }
    if (pending == 0 && !isWaiting()) {
      goOn();
    }
  }

  private void goOn() {
    while (step != END) {
      boolean submitted = (step & 1) == 0 ? writePages() : flush();
      if (!submitted) {
        core.file.awaitSlot(this);
        return;
      }
      if (pending > 0) {
        return;
      }
      step = error != 0 ? END : step + 1;
      cursor = 0;
    }
    end();
  }

  private boolean isOfStep(TablePage page) {
    return switch (page.kind) {
      case REFCOUNT_BLOCK -> step == BLOCKS;
      case REFCOUNT_TABLE -> step == TABLE;
      case L2, L1 -> step == MAPPING;
    };
  }

  private boolean writePages() {
    int pageBits = core.geometry.pageBits;
    while (cursor < pageCount) {
      TablePage page = pages[cursor];
      if (isOfStep(page)) {
        ChildOp op = core.file.acquire();
        if (op == null) {
          return false;
        }
        long length = core.clip(page.offsetBytes, core.geometry.pageSize);
        op.request()
            .set(BlockOperation.WRITE, page.offsetBytes, length, 0)
            .memory(copies, (long) page.frame << pageBits);
        op.submit(this, 0);
        pending++;
        wrote = true;
      }
      cursor++;
    }
    return true;
  }

  /** The first flush is for the data as well, so it is never left out. */
  private boolean flush() {
    if (cursor > 0 || !(wrote || step == BLOCKS_FLUSH)) {
      return true;
    }
    ChildOp op = core.file.acquire();
    if (op == null) {
      return false;
    }
    op.request().set(BlockOperation.FLUSH, 0, 0, 0);
    op.submit(this, 0);
    pending++;
    cursor = 1;
    wrote = false;
    return true;
  }

  private void end() {
    assert pending == 0;
    running = false;
    for (int i = 0; i < pageCount; i++) {
      pages[i].writing = false;
      if (error != 0) {
        cache.markDirty(pages[i]);
      }
    }
    core.frees.onWriteBackEnd(error == 0);
    served.wakeAll(core.ready, error);
    reliefWaiters.wakeAll(core.ready, error);
    if (error == 0) {
      cache.frameFreed();
    } else {
      cache.failFrameWaiters(error);
    }
    if (!joined.isEmpty()) {
      begin();
    }
  }

  void close() {
    copies.close();
  }
}
