package org.culebra.block.filter;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.Extent;
import org.culebra.block.Limits;
import org.culebra.block.OpenQueues;

/**
 * Makes a device that works in large units usable in smaller ones.
 *
 * <p>Aligned requests are passed on as they are, with the submitter's own memory. A write that
 * begins or ends inside a unit reads that unit, changes its part, and writes the unit back; while
 * it does, other writes to the same unit wait, on any queue, so that none of their bytes is written
 * back as it was before. A discard shrinks to the units that it covers whole. A growable device
 * grows by whole units.
 */
public final class AlignmentFilter implements BlockDevice {
  private final BlockDevice lower;
  private final int alignmentBytes;
  private final OpenQueues openQueues = new OpenQueues();
  private final WriteRanges ranges = new WriteRanges();

  /**
   * Makes an inactive one that takes over the device below.
   *
   * @param lower inactive
   * @param alignmentBytes what requests are to be aligned to: 1 or 512, no more than below
   */
  public AlignmentFilter(BlockDevice lower, int alignmentBytes) {
    assert Integer.bitCount(alignmentBytes) == 1;
    this.lower = lower;
    this.alignmentBytes = alignmentBytes;
  }

  @Override
  public String name() {
    return lower.name();
  }

  @Override
  public long capacityBytes() {
    return lower.capacityBytes();
  }

  @Override
  public Capabilities capabilities() {
    return lower.capabilities();
  }

  @Override
  public Limits limits() {
    Limits below = lower.limits();
    int unit = below.alignmentBytes();
    return new Limits(
        Math.min(alignmentBytes, unit),
        below.memoryAlignmentBytes(),
        Math.max(below.physicalBlockBytes(), unit),
        below.optimalBytes(),
        Math.max(below.discardGranularityBytes(), unit));
  }

  @Override
  public void activate() throws IOException {
    lower.activate();
    int unit = lower.limits().alignmentBytes();
    if (!capabilities().growable() && lower.capacityBytes() % unit != 0) {
      long capacity = lower.capacityBytes();
      lower.deactivate();
      throw new IOException(name() + ": capacity " + capacity + " is no multiple of " + unit);
    }
    openQueues.setActive(true);
  }

  @Override
  public void deactivate() throws IOException {
    openQueues.setActive(false);
    lower.deactivate();
  }

  @Override
  public boolean isActive() {
    return openQueues.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    if (lower.limits().alignmentBytes() <= alignmentBytes) {
      return lower.openQueue(depth);
    }
    openQueues.add(this);
    BlockQueue below = null;
    try {
      below = lower.openQueue(depth);
      return new AlignmentQueue(this, below, depth);
    } catch (IOException e) {
      openQueues.remove();
      if (below != null) {
        below.close();
      }
      throw e;
    }
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) throws IOException {
    lower.extentAt(offsetBytes, out);
  }

  @Override
  public long allocatedBytes() throws IOException {
    return lower.allocatedBytes();
  }

  /** Sets the size below, to whole units. */
  @Override
  public void resize(long capacityBytes) throws IOException {
    int unit = lower.limits().alignmentBytes();
    lower.resize((capacityBytes + unit - 1) & -unit);
  }

  @Override
  public void close() throws IOException {
    openQueues.setActive(false);
    lower.close();
  }

  WriteRanges ranges() {
    return ranges;
  }

  int unitBytes() {
    return lower.limits().alignmentBytes();
  }

  void onClose() {
    openQueues.remove();
  }
}
