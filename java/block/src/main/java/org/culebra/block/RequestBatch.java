package org.culebra.block;

/** Requests on their way down: one virtual call for all of them. Confined to the submitter. */
public final class RequestBatch {
  private final BlockRequest[] requests;
  private int count;

  /** Makes an empty batch for at most so many requests. */
  public RequestBatch(int capacity) {
    requests = new BlockRequest[capacity];
  }

  /** Empties it. */
  public void clear() {
    count = 0;
  }

  /** Appends a request; the batch isn't full. */
  public void add(BlockRequest request) {
    requests[count++] = request;
  }

  /** Returns the request at an index below {@link #count()}. */
  public BlockRequest get(int index) {
    assert index < count;
    return requests[index];
  }

  /** Returns how many requests it holds. */
  public int count() {
    return count;
  }

  /** Returns whether it can hold no more. */
  public boolean isFull() {
    return count == requests.length;
  }
}
