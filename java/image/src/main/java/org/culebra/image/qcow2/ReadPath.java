package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.block.Extent;
import org.culebra.image.AddressMap;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.ChildQueue;

/** Cuts reads into pieces by where their bytes lie. Confined to the owner. */
final class ReadPath {
  private final Qcow2Core core;
  private final Extent extent = new Extent();

  ReadPath(Qcow2Core core) {
    this.core = core;
  }

  /** Goes on until all pieces are on their way, or the request waits or failed. */
  void step(GuestRequest request) {
    Lookup lookup = core.lookup;
    while (request.left() > 0) {
      int mapped = lookup.translate(request.position(), request.left(), extent);
      if (mapped == AddressMap.MISS) {
        lookup.load(request.position(), request);
        return;
      }
      if (mapped < 0) {
        request.fail(mapped);
        return;
      }
      boolean goesOn =
          switch (extent.kind()) {
            case DATA -> readFile(request);
            case ZERO -> zero(request, extent.lengthBytes());
            case UNALLOCATED -> readBacking(request);
            case COMPRESSED -> {
              request.fail(lookup.refuseCompressed(request.position()));
              yield false;
            }
          };
      if (!goesOn) {
        return;
      }
    }
  }

  private boolean readFile(GuestRequest request) {
    long physical = extent.physicalOffsetBytes();
    long there = core.clip(physical, extent.lengthBytes());
    return there > 0
        ? read(core.file, request, physical, there)
        : zero(request, extent.lengthBytes());
  }

  private boolean readBacking(GuestRequest request) {
    long there = Math.min(extent.lengthBytes(), core.backingBytes() - request.position());
    return there > 0
        ? read(core.backing, request, request.position(), there)
        : zero(request, extent.lengthBytes());
  }

  private boolean read(ChildQueue queue, GuestRequest request, long offset, long length) {
    ChildOp op = queue.acquire();
    if (op == null) {
      queue.awaitSlot(request);
      return false;
    }
    op.request()
        .set(BlockOperation.READ, offset, length, 0)
        .memory(request.request().memory(), request.memoryOffset(request.position()));
    request.beginPiece(length);
    op.submit(request, 0);
    return true;
  }

  private static boolean zero(GuestRequest request, long length) {
    request.request().memory().zero(request.memoryOffset(request.position()), length);
    request.skip(length);
    return true;
  }
}
