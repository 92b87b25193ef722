package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;

/**
 * Makes a refcount block for a range of clusters that has none: the block takes the first cluster
 * that is wanted there, and counts itself. Confined to the owner.
 *
 * <p>Zeroes are written to it before the refcount table points at it.
 */
final class RefcountBlockCreation extends Task {
  private final Qcow2Core core;
  private final Geometry geometry;
  private long cluster;
  private boolean zeroed;

  RefcountBlockCreation(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
  }

  /** Begins; the allocator hears of the end. */
  void begin(long cluster) {
    this.cluster = cluster;
    zeroed = false;
    long start = cluster << geometry.clusterBits;
    String overlap = core.ranges.overlap(start, start + geometry.clusterSize);
    if (overlap != null) {
      core.allocator.onGrown(
          core.corrupt("cluster at 0x%x: refcount 0, but it overlaps %s", start, overlap));
      return;
    }
    goOn();
  }

  private void goOn() {
    if (!zeroed) {
      ChildOp op = core.file.acquire();
      if (op == null) {
        core.file.awaitSlot(this);
        return;
      }
      op.request()
          .set(BlockOperation.WRITE, cluster << geometry.clusterBits, geometry.clusterSize, 0)
          .memory(core.buffers.zeroes(), 0);
      op.submit(this, 0);
      return;
    }
    link();
  }

  /** With the pages in memory: the block counts itself, and the table points at it. */
  private void link() {
    RefcountMap refcounts = core.refcounts;
    long tableEntry = cluster >>> geometry.refcountBlockBits;
    long inBlock = cluster & ((1L << geometry.refcountBlockBits) - 1);
    long blockOffset = cluster << geometry.clusterBits;
    long pageOffset = blockOffset + ((inBlock >>> geometry.refcountPageBits) << geometry.pageBits);
    TablePage page = core.cache.find(pageOffset);
    if (page == null) {
      core.cache.load(pageOffset, TablePage.Kind.REFCOUNT_BLOCK, this);
      return;
    }
    if (refcounts.locateTable(tableEntry, this) == RefcountMap.PARKED) {
      return;
    }
    int index = (int) (inBlock & ((1L << geometry.refcountPageBits) - 1));
    Refcounts.put(page.address, geometry.refcountOrder, index, 1);
    core.cache.markDirty(page);
    refcounts.tablePage.putEntry(refcounts.tableIndex, blockOffset);
    core.cache.markDirty(refcounts.tablePage);
    core.allocator.onGrown(0);
  }

  @Override
  protected void run(int wakeResult) {
    if (wakeResult != 0) {
      core.allocator.onGrown(wakeResult);
    } else {
      goOn();
    }
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    core.allocator.noteUsed(cluster, 1);
    if (result != 0) {
      core.allocator.onGrown(result);
      return;
    }
    zeroed = true;
    core.cache.installZeroes(
        (cluster << geometry.clusterBits)
            + ((cluster & ((1L << geometry.refcountBlockBits) - 1))
                >>> geometry.refcountPageBits
                << geometry.pageBits),
        TablePage.Kind.REFCOUNT_BLOCK);
    goOn();
  }
}
