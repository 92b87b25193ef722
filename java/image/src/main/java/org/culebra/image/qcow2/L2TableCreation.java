package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.Memory;

/**
 * Gives an L1 entry an L2 table of its own: a new one, or a copy of one that is shared with a
 * snapshot. One at a time; confined to the owner.
 *
 * <p>The table's content is written before the L1 entry changes in memory, so the next write-back
 * makes them durable in that order.
 */
final class L2TableCreation extends Task {
  private enum Step {
    ALLOCATE,
    READ,
    WRITE
  }

  private final Qcow2Core core;
  private final Geometry geometry;
  private final TaskList waiters = new TaskList();
  private boolean running;
  private Step step;
  private long guestOffset;
  private TablePage l1Page;
  private long oldTable;
  private long newCluster;
  private Buffers.Bounce bounce;

  L2TableCreation(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
  }

  /**
   * Begins, or waits for the one that is under way; the task then looks again.
   *
   * @param guestOffset of a cluster whose table is missing or shared; its L1 page is in memory
   */
  void begin(long guestOffset, Task task) {
    waiters.add(task);
    if (running) {
      return;
    }
    l1Page = core.cache.find(core.lookup.l1PageOffset(guestOffset));
    if (l1Page == null) {
      // It was there a moment ago: all tasks look again, and load it.
      waiters.wakeAll(core.ready, 0);
      return;
    }
    running = true;
    this.guestOffset = guestOffset;
    l1Page.pins++;
    oldTable = L2Entry.offset(l1Page.entry(core.lookup.l1PageIndex(guestOffset)));
    step = Step.ALLOCATE;
    goOn();
  }

  private void goOn() {
    if (step == Step.ALLOCATE) {
      int taken = core.allocator.allocate(1, this);
      if (taken <= 0) {
        if (taken != ClusterAllocator.PARKED) {
          end(taken);
        }
        return;
      }
      newCluster = core.allocator.firstCluster();
      step = oldTable == 0 ? Step.WRITE : Step.READ;
    }
    if (oldTable != 0 && bounce == null) {
      bounce = core.buffers.acquire();
      if (bounce == null) {
        core.buffers.await(this);
        return;
      }
    }
    ChildOp op = core.file.acquire();
    if (op == null) {
      core.file.awaitSlot(this);
      return;
    }
    boolean read = step == Step.READ;
    long offset = read ? oldTable : newCluster << geometry.clusterBits;
    long length = read ? core.clip(offset, geometry.clusterSize) : geometry.clusterSize;
    if (length < geometry.clusterSize) {
      Memory.fill(bounce.address(), geometry.clusterSize, (byte) 0);
    }
    op.request()
        .set(read ? BlockOperation.READ : BlockOperation.WRITE, offset, length, 0)
        .memory(oldTable == 0 ? core.buffers.zeroes() : bounce.vector(), 0);
    op.submit(this, 0);
  }

  @Override
  protected void run(int wakeResult) {
    if (wakeResult != 0) {
      end(wakeResult);
    } else {
      goOn();
    }
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    if (result != 0) {
      core.frees.add(newCluster, 1);
      end(result);
    } else if (step == Step.READ) {
      step = Step.WRITE;
      goOn();
    } else {
      link();
      end(0);
    }
  }

  private void link() {
    long table = newCluster << geometry.clusterBits;
    l1Page.putEntry(core.lookup.l1PageIndex(guestOffset), table | L2Entry.COPIED);
    core.cache.markDirty(l1Page);
    core.lookup.forgetRecent();
    if (oldTable == 0) {
      long index = geometry.l2Index(guestOffset) * 8;
      core.cache.installZeroes(geometry.pageStart(table + index), TablePage.Kind.L2);
    } else {
      core.frees.add(oldTable >>> geometry.clusterBits, 1);
    }
  }

  private void end(int result) {
    running = false;
    core.cache.unpin(l1Page);
    l1Page = null;
    if (bounce != null) {
      core.buffers.release(bounce);
      bounce = null;
    }
    waiters.wakeAll(core.ready, result);
  }
}
