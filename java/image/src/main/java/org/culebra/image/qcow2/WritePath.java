package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Extent;
import org.culebra.image.AddressMap;
import org.culebra.image.owner.ChildOp;
import org.culebra.linux.Errno;

/**
 * Cuts writes into pieces: straight to clusters that are the image's alone, and allocations. Of the
 * owner.
 */
final class WritePath {
  private final Qcow2Core core;
  private final Geometry geometry;

  WritePath(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
  }

  /** Goes on until all pieces are on their way, or the request waits or failed. */
  void step(GuestRequest request) {
    if (!core.headerWriter.isWritable(request)) {
      return;
    }
    while (request.left() > 0 && piece(request, request.left())) {
      // Each round puts one piece on its way.
    }
  }

  /**
   * Puts one piece on its way.
   *
   * @param bytes how long it is at most
   * @return false when the request waits or failed
   */
  boolean piece(GuestRequest request, long bytes) {
    Lookup lookup = core.lookup;
    long offset = request.position();
    if (!prepareTable(request, offset)) {
      return false;
    }
    long entry = lookup.page.entry(lookup.index);
    Extent.Kind kind = L2Entry.kind(entry);
    int error =
        kind == Extent.Kind.COMPRESSED
            ? lookup.refuseCompressed(offset)
            : lookup.checkEntry(entry, kind, offset);
    if (error == 0 && L2Entry.hasHost(entry)) {
      error = lookup.checkHost(L2Entry.offset(entry), geometry.clusterSize, offset);
    }
    if (error != 0) {
      request.fail(error);
      return false;
    }
    return L2Entry.isWritable(entry)
        ? overwrite(request, offset, bytes)
        : allocate(request, offset, bytes);
  }

  /** Has the L2 page in memory, of a table that is the image's alone; false when it waits. */
  boolean prepareTable(GuestRequest request, long offset) {
    Lookup lookup = core.lookup;
    int found = lookup.locate(offset);
    if (found == Lookup.FOUND && lookup.owned) {
      return true;
    }
    if (found == AddressMap.MISS) {
      lookup.load(offset, request);
    } else if (found < 0) {
      request.fail(found);
    } else if (core.writeBack.mustWait()) {
      request.awaitRelief();
    } else {
      core.tables.begin(offset, request);
    }
    return false;
  }

  private boolean overwrite(GuestRequest request, long offset, long bytes) {
    Lookup lookup = core.lookup;
    TablePage page = lookup.page;
    int index = lookup.index;
    long host = L2Entry.offset(page.entry(index));
    long within = geometry.inCluster(offset);
    long size = geometry.clusterSize;
    long runBytes = size;
    int last = 1 << geometry.pageEntryBits;
    while (runBytes - within < bytes && ++index < last) {
      long entry = page.entry(index);
      if (!L2Entry.isWritable(entry) || L2Entry.offset(entry) != host + runBytes) {
        break;
      }
      runBytes += size;
    }
    long length = Math.min(bytes, runBytes - within);
    int error = lookup.checkHost(host, runBytes, offset);
    if (error == 0 && core.clip(host + within, length) < length) {
      error = -Errno.ENOSPC;
    }
    if (error != 0) {
      request.fail(error);
      return false;
    }
    ChildOp op = core.file.acquire();
    if (op == null) {
      core.file.awaitSlot(request);
      return false;
    }
    op.request()
        .set(
            BlockOperation.WRITE,
            host + within,
            length,
            request.request().flags() & BlockRequest.FUA)
        .memory(request.memory(), request.memoryOffset(offset));
    request.beginPiece(length);
    op.submit(request, 0);
    return true;
  }

  private boolean allocate(GuestRequest request, long offset, long bytes) {
    long first = offset >>> geometry.clusterBits;
    long end =
        Math.min(offset + bytes, (first + allocatable(offset, bytes)) << geometry.clusterBits);
    long count = geometry.clusters(end) - first;
    Allocation other = core.allocations.overlapping(first, count);
    while (other != null && other.firstGuestCluster > first) {
      count = other.firstGuestCluster - first;
      other = core.allocations.overlapping(first, count);
    }
    if (other != null) {
      other.waiters.add(request);
      return false;
    }
    if (core.writeBack.mustWait()) {
      request.awaitRelief();
      return false;
    }
    Allocation allocation = core.allocations.acquire();
    if (allocation == null) {
      core.allocations.awaitSlot(request);
      return false;
    }
    end = Math.min(end, (first + count) << geometry.clusterBits);
    Lookup lookup = core.lookup;
    return allocation.begin(request, lookup.page, lookup.index, offset, end - offset);
  }

  /** Returns how many clusters from the located one on have no cluster to write to. */
  private int allocatable(long offset, long bytes) {
    Lookup lookup = core.lookup;
    long wanted = geometry.clusters(offset + bytes) - (offset >>> geometry.clusterBits);
    int count = 1;
    int countMax = (int) Math.min(wanted, lookup.entriesLeft());
    while (count < countMax) {
      long entry = lookup.page.entry(lookup.index + count);
      Extent.Kind kind = L2Entry.kind(entry);
      boolean plain = kind == Extent.Kind.UNALLOCATED || entry == L2Entry.ZERO;
      if (!plain) {
        break;
      }
      count++;
    }
    return count;
  }
}
