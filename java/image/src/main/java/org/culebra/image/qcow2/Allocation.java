package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.block.Extent;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.ChildQueue;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.Errno;
import org.culebra.linux.Memory;

/**
 * One allocating write: a run of guest clusters of one L2 page gets host clusters. Confined to the
 * owner.
 *
 * <pre>
 *   take clusters -> write the data, and what surrounds it in the first and the last cluster (read
 *   from where it was, or zeroes)  ->  L2 entries in memory  ->  the request's piece is done
 * </pre>
 *
 * <p>Other changes of these guest clusters wait until it ended; reads see what was there before.
 */
final class Allocation extends Task {
  private static final int DATA = 1;
  private static final int HEAD_READ = 1 << 1;
  private static final int HEAD_WRITE = 1 << 2;
  private static final int TAIL_READ = 1 << 3;
  private static final int TAIL_WRITE = 1 << 4;

  private final Qcow2Core core;
  private final Geometry geometry;
  final TaskList waiters = new TaskList();
  long firstGuestCluster;
  int count;
  private GuestRequest request;
  private TablePage page;
  private int index;
  private long pieceOffset;
  private long pieceBytes;
  private long hostCluster;
  private boolean allocated;
  private boolean unused;
  private boolean inPlace;
  private Buffers.Bounce bounce;
  private int todo;
  private int pending;
  private int error;

  Allocation(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
  }

  /**
   * Begins.
   *
   * @param page the L2 page and the index of the first cluster's entry
   * @param pieceOffset the guest offset of the bytes that are written
   * @param pieceBytes how many; fewer are written when fewer clusters can be had in one run
   * @return whether the piece is under way, or the request failed; else the request waits
   */
  boolean begin(
      GuestRequest request, TablePage page, int index, long pieceOffset, long pieceBytes) {
    this.request = request;
    this.page = page;
    this.index = index;
    this.pieceOffset = pieceOffset;
    this.pieceBytes = pieceBytes;
    firstGuestCluster = pieceOffset >>> geometry.clusterBits;
    long end = pieceOffset + pieceBytes;
    count = (int) (geometry.clusters(end) - firstGuestCluster);
    allocated = false;
    bounce = null;
    todo = 0;
    pending = 0;
    error = 0;
    page.pins++;
    long entry = page.entry(index);
    inPlace = L2Entry.hasHost(entry) && L2Entry.isCopied(entry);
    return take();
  }

  /**
   * Takes the clusters; an entry that is preallocated and zero already has one.
   *
   * @return false when this waits for the allocator, or the request for freed clusters
   */
  private boolean take() {
    if (inPlace) {
      count = 1;
      hostCluster = L2Entry.offset(page.entry(index)) >>> geometry.clusterBits;
      unused = false;
    } else {
      int taken = core.allocator.allocate(count, this);
      if (taken == ClusterAllocator.PARKED) {
        return false;
      }
      if (taken == -Errno.ENOSPC && !core.frees.isEmpty()) {
        // Clusters that were freed become free: the request looks again, without an epoch.
        GuestRequest waiting = request;
        release();
        waiting.awaitRelief();
        return false;
      }
      if (taken < 0) {
        request.fail(taken);
        release();
        return true;
      }
      count = taken;
      hostCluster = core.allocator.firstCluster();
      unused = core.allocator.isUnused();
    }
    allocated = true;
    long end = (firstGuestCluster + count) << geometry.clusterBits;
    pieceBytes = Math.min(pieceBytes, end - pieceOffset);
    request.beginPiece(pieceBytes);
    plan();
    goOn();
    return true;
  }

  @Override
  protected void run(int wakeResult) {
    if (allocated) {
      goOn();
      return;
    }
    GuestRequest waiting = request;
    if (wakeResult != 0) {
      request.fail(wakeResult);
      release();
    } else if (!take()) {
      return;
    }
    core.ready.add(waiting);
  }

  private long headOffset() {
    return firstGuestCluster << geometry.clusterBits;
  }

  private long headBytes() {
    return pieceOffset - headOffset();
  }

  private long tailOffset() {
    return pieceOffset + pieceBytes;
  }

  private long tailBytes() {
    return ((firstGuestCluster + count) << geometry.clusterBits) - tailOffset();
  }

  /** Decides what surrounds the data. */
  private void plan() {
    todo = DATA;
    if (headBytes() > 0) {
      todo |= planPart(page.entry(index), headOffset(), HEAD_READ, HEAD_WRITE);
    }
    if (tailBytes() > 0) {
      todo |= planPart(page.entry(index + count - 1), tailOffset(), TAIL_READ, TAIL_WRITE);
    }
  }

  private int planPart(long oldEntry, long offset, int read, int write) {
    return switch (L2Entry.kind(oldEntry)) {
      case DATA -> read;
      case UNALLOCATED -> offset < core.backingBytes() ? read : zeroPart(write);
      default -> zeroPart(write);
    };
  }

  private int zeroPart(int write) {
    return unused ? 0 : write;
  }

  private void goOn() {
    int needBounce = HEAD_READ | TAIL_READ;
    if ((todo & needBounce) != 0 && bounce == null && error == 0) {
      bounce = core.buffers.acquire();
      if (bounce == null) {
        core.buffers.await(this);
        return;
      }
    }
    while (todo != 0 && error == 0) {
      int part = Integer.lowestOneBit(todo);
      ChildQueue queue = isFromBacking(part) ? core.backing : core.file;
      ChildOp op = queue.acquire();
      if (op == null) {
        queue.awaitSlot(this);
        return;
      }
      todo &= ~part;
      set(op, part);
      pending++;
      op.submit(this, part);
    }
    if (pending == 0) {
      finish();
    }
  }

  private long oldEntry(int part) {
    boolean head = part == HEAD_READ || part == HEAD_WRITE;
    return page.entry(head ? index : index + count - 1);
  }

  private boolean isFromBacking(int part) {
    return (part == HEAD_READ || part == TAIL_READ)
        && L2Entry.kind(oldEntry(part)) == Extent.Kind.UNALLOCATED;
  }

  private void set(ChildOp op, int part) {
    if (part == DATA) {
      op.request()
          .set(BlockOperation.WRITE, host(pieceOffset), pieceBytes, 0)
          .memory(request.memory(), request.memoryOffset(pieceOffset));
      return;
    }
    boolean head = part == HEAD_READ || part == HEAD_WRITE;
    long offset = head ? headOffset() : tailOffset();
    long bytes = head ? headBytes() : tailBytes();
    long bounceOffset = head ? 0 : geometry.clusterSize + geometry.inCluster(offset);
    if (part == HEAD_WRITE || part == TAIL_WRITE) {
      boolean copied = bounce != null && isCopied(part);
      op.request()
          .set(BlockOperation.WRITE, host(offset), bytes, 0)
          .memory(copied ? bounce.vector() : core.buffers.zeroes(), copied ? bounceOffset : 0);
    } else if (isFromBacking(part)) {
      long there = Math.min(bytes, core.backingBytes() - offset);
      Memory.fill(bounce.address() + bounceOffset + there, bytes - there, (byte) 0);
      op.request().set(BlockOperation.READ, offset, there, 0).memory(bounce.vector(), bounceOffset);
    } else {
      long from = L2Entry.offset(oldEntry(part)) + geometry.inCluster(offset);
      long there = core.clip(from, bytes);
      Memory.fill(bounce.address() + bounceOffset + there, bytes - there, (byte) 0);
      op.request().set(BlockOperation.READ, from, there, 0).memory(bounce.vector(), bounceOffset);
    }
  }

  /** Returns whether a part's bytes were read into the buffer, rather than being zeroes. */
  private boolean isCopied(int part) {
    boolean head = part == HEAD_WRITE;
    long offset = head ? headOffset() : tailOffset();
    return switch (L2Entry.kind(oldEntry(part))) {
      case DATA -> true;
      case UNALLOCATED -> offset < core.backingBytes();
      default -> false;
    };
  }

  private long host(long guestOffset) {
    return (hostCluster << geometry.clusterBits) + (guestOffset - headOffset());
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    pending--;
    if (result != 0 && error == 0) {
      error = result;
    }
    if (op.code() == HEAD_READ) {
      todo |= HEAD_WRITE;
    } else if (op.code() == TAIL_READ) {
      todo |= TAIL_WRITE;
    }
    if (!isWaiting()) {
      goOn();
    }
  }

  private void finish() {
    if (error == 0) {
      link();
    } else if (!inPlace) {
      core.frees.add(hostCluster, count);
    }
    GuestRequest request = this.request;
    int result = error;
    release();
    request.endPiece(result);
  }

  private void link() {
    for (int i = 0; i < count; i++) {
      long old = page.entry(index + i);
      if (!inPlace && L2Entry.hasHost(old)) {
        core.frees.add(L2Entry.offset(old) >>> geometry.clusterBits, 1);
      }
      long host = (hostCluster + i) << geometry.clusterBits;
      page.putEntry(index + i, host | L2Entry.COPIED);
    }
    core.cache.markDirty(page);
  }

  private void release() {
    if (bounce != null) {
      core.buffers.release(bounce);
      bounce = null;
    }
    TablePage pinned = page;
    page = null;
    request = null;
    core.allocations.release(this);
    core.cache.unpin(pinned);
  }
}
