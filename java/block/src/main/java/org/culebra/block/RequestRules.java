package org.culebra.block;

/**
 * What a submitter owes a queue, as conditions to assert: {@link BlockQueue#submit(RequestBatch)}.
 */
public final class RequestRules {
  private RequestRules() {}

  /** Returns whether a request lies inside a device; one that is growable has no end. */
  public static boolean isInside(BlockRequest request, long capacityBytes, boolean growable) {
    return request.endBytes() >= request.offsetBytes()
        && (growable || request.endBytes() <= capacityBytes);
  }

  /** Returns whether offset and length are multiples of an alignment, a power of two. */
  public static boolean isAligned(BlockRequest request, int alignmentBytes) {
    return ((request.offsetBytes() | request.lengthBytes()) & (alignmentBytes - 1)) == 0;
  }

  /** Returns whether a read or write has memory, and nothing else has. */
  public static boolean hasMemory(BlockRequest request) {
    BlockOperation operation = request.operation();
    boolean moves = operation == BlockOperation.READ || operation == BlockOperation.WRITE;
    return moves == (request.memory() != null);
  }

  /** Returns whether an operation changes the device, so that a read-only one answers EROFS. */
  public static boolean isChange(BlockOperation operation) {
    return operation != BlockOperation.READ && operation != BlockOperation.FLUSH;
  }
}
