package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * Pages of all tables of an image, L1 and refcount table included, in a bounded number of frames.
 * Confined to the owner.
 *
 * <p>A page is known by its offset in the file. Dirty pages stay until a write-back has written
 * them; clean ones are given up by a clock when a frame is needed.
 */
final class TableCache extends Task {
  private final Qcow2Core core;
  private final int pageBits;
  private final TablePage[] frames;
  private final TablePage[] buckets;
  private final IoVector memory;
  private final TaskList frameWaiters = new TaskList();
  private int hand;
  private int dirtyCount;
  private long loads;

  TableCache(Qcow2Core core, int frameCount, long address) {
    this.core = core;
    pageBits = core.geometry.pageBits;
    frames = new TablePage[frameCount];
    for (int i = 0; i < frameCount; i++) {
      frames[i] = new TablePage(i, address + ((long) i << pageBits));
    }
    buckets = new TablePage[Integer.highestOneBit(frameCount) * 2];
    memory = IoVector.of(address, (long) frameCount << pageBits);
  }

  private int bucket(long offset) {
    long hash = (offset >>> pageBits) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (hash >>> 40) & (buckets.length - 1);
  }

  private TablePage lookUp(long offset) {
    TablePage page = buckets[bucket(offset)];
    while (page != null && page.offsetBytes != offset) {
      page = page.nextInBucket;
    }
    return page;
  }

  /** Returns the page that begins at an offset of the file, or null when it isn't in memory. */
  TablePage find(long offset) {
    TablePage page = lookUp(offset);
    if (page == null || page.loading) {
      return null;
    }
    page.referenced = true;
    return page;
  }

  /** Reads a page that isn't in memory; the task runs when it is, or can't be. */
  void load(long offset, TablePage.Kind kind, Task task) {
    TablePage page = lookUp(offset);
    if (page != null) {
      if (page.loading) {
        page.waiters.add(task);
      } else {
        core.ready.add(task);
      }
      return;
    }
    long length = core.clip(offset, core.geometry.pageSize);
    if (length <= 0) {
      core.ready.add(task, core.broken("table at 0x%x: beyond the end of the file", offset));
      return;
    }
    page = takeFrame();
    if (page == null) {
      frameWaiters.add(task);
      core.writeBack.makeRoom();
      return;
    }
    ChildOp op = core.file.acquire();
    if (op == null) {
      core.file.awaitSlot(task);
      return;
    }
    insert(page, offset, kind);
    page.loading = true;
    page.waiters.add(task);
    loads++;
    if (length < core.geometry.pageSize) {
      Memory.fill(page.address, core.geometry.pageSize, (byte) 0);
    }
    op.request()
        .set(BlockOperation.READ, offset, length, 0)
        .memory(memory, (long) page.frame << pageBits);
    op.submit(this, 0, page);
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    TablePage page = (TablePage) op.subject();
    page.loading = false;
    page.referenced = true;
    if (result != 0 || page.doomed) {
      page.doomed = false;
      remove(page);
    }
    page.waiters.wakeAll(core.ready, result);
    frameFreed();
  }

  @Override
  protected void run(int wakeResult) {
    throw new AssertionError("the cache waits for nothing");
  }

  /** Puts a page of zeroes at an offset whose cluster was just written with zeroes, if it can. */
  void installZeroes(long offset, TablePage.Kind kind) {
    TablePage page = lookUp(offset) == null ? takeFrame() : null;
    if (page != null) {
      insert(page, offset, kind);
      page.referenced = true;
      Memory.fill(page.address, core.geometry.pageSize, (byte) 0);
    }
  }

  /** Forgets the clean pages of a range, whose clusters are no table's any more. */
  void drop(long start, long end) {
    for (long offset = start; offset < end; offset += core.geometry.pageSize) {
      TablePage page = lookUp(offset);
      if (page != null && page.loading) {
        page.doomed = true;
      } else if (page != null) {
        assert page.isEvictable() : "page at " + offset + " is in use";
        remove(page);
      }
    }
    frameFreed();
  }

  /** Returns whether any page of a range is in memory, or on its way. */
  boolean holdsAny(long start, long end) {
    for (long offset = start; offset < end; offset += core.geometry.pageSize) {
      if (lookUp(offset) != null) {
        return true;
      }
    }
    return false;
  }

  /** Notes that a page was changed; the next write-back takes it. */
  void markDirty(TablePage page) {
    if (!page.dirty) {
      page.dirty = true;
      dirtyCount++;
    }
  }

  void markClean(TablePage page) {
    if (page.dirty) {
      page.dirty = false;
      dirtyCount--;
    }
  }

  void unpin(TablePage page) {
    page.pins--;
    assert page.pins >= 0;
    frameFreed();
  }

  /** Wakes tasks that wait for a frame; they look for themselves. */
  void frameFreed() {
    if (!frameWaiters.isEmpty()) {
      frameWaiters.wakeAll(core.ready, 0);
    }
  }

  /** Ends the tasks that wait for a frame, since none will come. */
  void failFrameWaiters(int error) {
    frameWaiters.wakeAll(core.ready, error);
  }

  int dirtyCount() {
    return dirtyCount;
  }

  int frameCount() {
    return frames.length;
  }

  TablePage frame(int index) {
    return frames[index];
  }

  /** Returns how many pages were read from the file. */
  long loads() {
    return loads;
  }

  void close() {
    memory.close();
  }

  private void insert(TablePage page, long offset, TablePage.Kind kind) {
    page.offsetBytes = offset;
    page.kind = kind;
    int bucket = bucket(offset);
    page.nextInBucket = buckets[bucket];
    buckets[bucket] = page;
  }

  private void remove(TablePage page) {
    int bucket = bucket(page.offsetBytes);
    TablePage at = buckets[bucket];
    if (at == page) {
      buckets[bucket] = page.nextInBucket;
    } else {
      while (at.nextInBucket != page) {
        at = at.nextInBucket;
      }
      at.nextInBucket = page.nextInBucket;
    }
    page.nextInBucket = null;
    page.offsetBytes = -1;
  }

  /** Finds an empty frame, or empties one; null when all are in use. */
  private TablePage takeFrame() {
    for (int i = 0; i < 2 * frames.length; i++) {
      TablePage page = frames[hand];
      hand = hand + 1 == frames.length ? 0 : hand + 1;
      if (page.offsetBytes < 0) {
        return page;
      }
      if (page.isEvictable()) {
        if (!page.referenced) {
          remove(page);
          return page;
        }
        page.referenced = false;
      }
    }
    return null;
  }
}
