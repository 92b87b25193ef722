package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;
import org.culebra.linux.Errno;
import org.culebra.linux.Memory;

/**
 * Gives the image a longer refcount table, when a cluster is wanted that lies past the old one's
 * reach. Confined to the owner; the allocator takes no cluster meanwhile.
 *
 * <p>The new table stands where the old one's reach ends, behind new refcount blocks that count
 * them all. Order: tables durable (a write-back) -> blocks and new table written -> flush -> header
 * -> the old table's clusters are freed.
 */
final class RefcountTableGrowth extends Task {
  private static final long TABLE_BYTES_MAX = 8 << 20;

  private enum Step {
    WRITE_BACK,
    BLOCKS,
    READ_TABLE,
    WRITE_TABLE,
    FLUSH,
    HEADER
  }

  private final Qcow2Core core;
  private final Geometry geometry;
  private final Qcow2Header header;
  private Step step;
  private Buffers.Bounce bounce;
  private long oldOffset;
  private long oldClusters;
  private long startCluster;
  private long blockCount;
  private long tableClusters;
  private long done;

  RefcountTableGrowth(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
    header = core.header;
  }

  /** Begins; the allocator hears of the end. */
  void begin(long cluster, long endCluster) {
    oldOffset = header.refcountTableOffset;
    oldClusters = header.refcountTableClusters;
    startCluster = (oldClusters << geometry.l2Bits) << geometry.refcountBlockBits;
    assert cluster >= startCluster;
    tableClusters = oldClusters + oldClusters / 2 + 1;
    long perBlock = 1L << geometry.refcountBlockBits;
    blockCount = (tableClusters + perBlock - 1) / perBlock;
    while (blockCount + tableClusters > blockCount * perBlock) {
      blockCount++;
    }
    boolean tooLarge = tableClusters << geometry.clusterBits > TABLE_BYTES_MAX;
    if (tooLarge || startCluster + blockCount + tableClusters > endCluster) {
      core.allocator.onGrown(-Errno.ENOSPC);
      return;
    }
    step = Step.WRITE_BACK;
    done = 0;
    core.writeBack.join(this);
  }

  @Override
  protected void run(int wakeResult) {
    if (wakeResult != 0) {
      fail(wakeResult);
    } else if (step == Step.WRITE_BACK) {
      step = Step.BLOCKS;
      goOn();
    } else if (step == Step.HEADER) {
      finish();
    } else {
      goOn();
    }
  }

  private void goOn() {
    if (bounce == null) {
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
    long size = geometry.clusterSize;
    long target = startCluster << geometry.clusterBits;
    switch (step) {
      case BLOCKS -> {
        fillBlock();
        set(op, BlockOperation.WRITE, target + done * size);
      }
      case READ_TABLE -> set(op, BlockOperation.READ, oldOffset + done * size);
      case WRITE_TABLE -> set(op, BlockOperation.WRITE, target + (blockCount + done) * size);
      default -> op.request().set(BlockOperation.FLUSH, 0, 0, 0);
    }
    op.submit(this, 0);
  }

  private void set(ChildOp op, BlockOperation operation, long offset) {
    long length =
        operation == BlockOperation.READ
            ? core.clip(offset, geometry.clusterSize)
            : geometry.clusterSize;
    if (length < geometry.clusterSize) {
      Memory.fill(bounce.address(), geometry.clusterSize, (byte) 0);
    }
    op.request().set(operation, offset, length, 0).memory(bounce.vector(), 0);
  }

  private void fillBlock() {
    Memory.fill(bounce.address(), geometry.clusterSize, (byte) 0);
    long perBlock = 1L << geometry.refcountBlockBits;
    long used = blockCount + tableClusters - done * perBlock;
    for (int i = 0; i < Math.min(used, perBlock); i++) {
      Refcounts.put(bounce.address(), geometry.refcountOrder, i, 1);
    }
  }

  /** The part of the new table that the old one didn't have: the new blocks, then nothing. */
  private void fillTable() {
    Memory.fill(bounce.address(), geometry.clusterSize, (byte) 0);
    long perCluster = 1L << geometry.l2Bits;
    long firstEntry = (done - oldClusters) * perCluster;
    for (long i = 0; i < perCluster && firstEntry + i < blockCount; i++) {
      long block = startCluster + firstEntry + i;
      BigEndian.putLong(bounce.address() + i * 8, block << geometry.clusterBits);
    }
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    if (result != 0) {
      fail(result);
      return;
    }
    switch (step) {
      case BLOCKS -> {
        done++;
        if (done == blockCount) {
          core.allocator.noteUsed(startCluster, blockCount + tableClusters);
          done = 0;
          step = Step.READ_TABLE;
        }
        goOn();
      }
      case READ_TABLE -> {
        step = Step.WRITE_TABLE;
        goOn();
      }
      case WRITE_TABLE -> {
        done++;
        nextTableCluster();
      }
      default -> writeHeader();
    }
  }

  private void nextTableCluster() {
    if (done == tableClusters) {
      step = Step.FLUSH;
    } else if (done < oldClusters) {
      step = Step.READ_TABLE;
    } else {
      fillTable();
    }
    goOn();
  }

  private void writeHeader() {
    release();
    step = Step.HEADER;
    header.refcountTableOffset = (startCluster + blockCount) << geometry.clusterBits;
    header.refcountTableClusters = tableClusters;
    core.headerWriter.write(this);
  }

  private void finish() {
    core.cache.drop(oldOffset, oldOffset + (oldClusters << geometry.clusterBits));
    core.frees.add(oldOffset >>> geometry.clusterBits, oldClusters);
    core.allocator.onGrown(0);
  }

  private void fail(int error) {
    release();
    if (step == Step.HEADER) {
      // It may have been written or not: which table is the image's is unknown until it is reread.
      core.refuseChanges("refcount table: header not written, its place is undetermined");
    }
    core.allocator.onGrown(error);
  }

  private void release() {
    if (bounce != null) {
      core.buffers.release(bounce);
      bounce = null;
    }
  }
}
