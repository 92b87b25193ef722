package org.culebra.block;

import java.io.IOException;

/**
 * A disk of any size that stores nothing: the upper bound of what a back-end can do.
 *
 * <p>Everything completes at once with success. A read leaves the request's memory as it is, like
 * QEMU's null-co driver with read-zeroes=off: what a reader finds there is what it had put there.
 * So it is for measuring, and for nobody who must not see what earlier users of the memory left.
 */
public final class NullDevice implements BlockDevice {
  private static final Capabilities CAPABILITIES =
      new Capabilities(false, false, true, true, true, Capabilities.QUEUES_UNLIMITED);

  private final OpenQueues openQueues = new OpenQueues();
  private final long capacityBytes;

  /**
   * Makes an inactive one.
   *
   * @param capacityBytes above 0
   */
  public NullDevice(long capacityBytes) {
    assert capacityBytes > 0;
    this.capacityBytes = capacityBytes;
  }

  @Override
  public String name() {
    return "null:" + capacityBytes;
  }

  @Override
  public long capacityBytes() {
    return capacityBytes;
  }

  @Override
  public Capabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public Limits limits() {
    return Limits.BYTES;
  }

  @Override
  public void activate() {
    openQueues.setActive(true);
  }

  @Override
  public void deactivate() {
    openQueues.setActive(false);
  }

  @Override
  public boolean isActive() {
    return openQueues.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    openQueues.add(this);
    return new NullQueue(depth);
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) {
    out.set(Extent.Kind.UNALLOCATED, offsetBytes, capacityBytes - offsetBytes, -1);
  }

  @Override
  public void close() {
    deactivate();
  }

  private final class NullQueue extends ImmediateQueue {
    NullQueue(int depth) {
      super(depth, openQueues);
    }

    @Override
    public void submit(RequestBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        BlockRequest request = batch.get(i);
        assert RequestRules.isInside(request, capacityBytes, false) : request;
        assert RequestRules.hasMemory(request) : request;
        complete(request, 0);
      }
    }
  }
}
