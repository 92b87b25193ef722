package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Extent;
import org.culebra.image.AddressMap;

/**
 * Discards and write zeroes: whole clusters by their entries, parts of clusters by writing zeroes.
 * Of the owner.
 *
 * <p>As QEMU does it: a discarded cluster that had content (its own, or the backing file's) reads
 * as zeroes in version 3, and is unallocated in version 2. Write zeroes keeps the host cluster
 * unless it may unmap.
 */
final class ZeroPath {
  private final Qcow2Core core;
  private final Geometry geometry;

  ZeroPath(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
  }

  /** Goes on until all is done or on its way, or the request waits or failed. */
  void step(GuestRequest request) {
    if (!core.headerWriter.isWritable(request)) {
      return;
    }
    boolean goesOn = true;
    while (goesOn && request.left() > 0) {
      long offset = request.position();
      boolean atEnd = offset + request.left() == geometry.capacityBytes;
      long within = geometry.inCluster(offset);
      boolean whole = within == 0 && (atEnd || request.left() >= geometry.clusterSize);
      if (!whole) {
        goesOn = part(request, Math.min(request.left(), geometry.clusterSize - within));
      } else if (isDiscard(request) || core.canUnmap()) {
        goesOn = clusters(request);
      } else {
        goesOn = part(request, Math.min(request.left(), geometry.clusterSize));
      }
    }
  }

  private static boolean isDiscard(GuestRequest request) {
    return request.request().operation() == BlockOperation.DISCARD;
  }

  private boolean part(GuestRequest request, long bytes) {
    if (isDiscard(request)) {
      request.skip(bytes);
      return true;
    }
    Lookup lookup = core.lookup;
    long offset = request.position();
    if (awaitAllocation(request, offset, 1)) {
      return false;
    }
    int found = lookup.locate(offset);
    if (found == AddressMap.MISS) {
      lookup.load(offset, request);
      return false;
    }
    Extent.Kind kind =
        found == Lookup.FOUND
            ? L2Entry.kind(lookup.page.entry(lookup.index))
            : Extent.Kind.UNALLOCATED;
    boolean zero =
        kind == Extent.Kind.ZERO
            || kind == Extent.Kind.UNALLOCATED && offset >= core.backingBytes();
    if (found >= 0 && zero) {
      request.skip(bytes);
      return true;
    }
    return core.writePath.piece(request, bytes);
  }

  private boolean awaitAllocation(GuestRequest request, long offset, long count) {
    Allocation other = core.allocations.overlapping(offset >>> geometry.clusterBits, count);
    if (other != null) {
      other.waiters.add(request);
    }
    return other != null;
  }

  private boolean clusters(GuestRequest request) {
    Lookup lookup = core.lookup;
    long offset = request.position();
    int found = lookup.locate(offset);
    if (found == Lookup.NO_TABLE && offset >= core.backingBytes()) {
      int tableBits = geometry.clusterBits + geometry.l2Bits;
      long tableEnd = ((offset >>> tableBits) + 1) << tableBits;
      if (awaitAllocation(request, offset, geometry.clusters(tableEnd - offset))) {
        return false;
      }
      request.skip(Math.min(request.left(), tableEnd - offset));
      return true;
    }
    if (!core.writePath.prepareTable(request, offset)) {
      return false;
    }
    int count = (int) Math.min(wholeClusters(request), lookup.entriesLeft());
    if (awaitAllocation(request, offset, count)) {
      return false;
    }
    if (core.writeBack.mustWait()) {
      request.awaitRelief();
      return false;
    }
    for (int i = 0; i < count; i++) {
      int error = change(request.request(), lookup.page, lookup.index + i, offset);
      if (error != 0) {
        request.fail(error);
        return false;
      }
      offset += geometry.clusterSize;
    }
    request.skip(Math.min(request.left(), (long) count << geometry.clusterBits));
    return true;
  }

  /** Returns how many clusters the request covers; the disk's end may be within the last one. */
  private long wholeClusters(GuestRequest request) {
    boolean atEnd = request.position() + request.left() == geometry.capacityBytes;
    return atEnd ? geometry.clusters(request.left()) : request.left() >>> geometry.clusterBits;
  }

  private int change(BlockRequest request, TablePage page, int index, long offset) {
    long old = page.entry(index);
    Extent.Kind kind = L2Entry.kind(old);
    if (kind == Extent.Kind.COMPRESSED) {
      return core.lookup.refuseCompressed(offset);
    }
    int error = core.lookup.checkEntry(old, kind, offset);
    if (error == 0 && L2Entry.hasHost(old)) {
      error = core.lookup.checkHost(L2Entry.offset(old), geometry.clusterSize, offset);
    }
    if (error != 0) {
      return error;
    }
    boolean unmap =
        request.operation() == BlockOperation.DISCARD
            || request.has(BlockRequest.UNMAP)
            || !geometry.hasZeroFlag;
    long changed = changed(old, kind, unmap, offset);
    if (changed != old) {
      if (L2Entry.hasHost(old) && !L2Entry.hasHost(changed)) {
        core.frees.add(L2Entry.offset(old) >>> geometry.clusterBits, 1);
      }
      page.putEntry(index, changed);
      core.cache.markDirty(page);
    }
    return 0;
  }

  private long changed(long old, Extent.Kind kind, boolean unmap, long offset) {
    if (kind == Extent.Kind.UNALLOCATED && offset >= core.backingBytes()) {
      return old;
    }
    if (!geometry.hasZeroFlag) {
      return 0;
    }
    return unmap ? L2Entry.ZERO : old | L2Entry.ZERO;
  }
}
