package org.culebra.image.qcow2;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.Extent;

/**
 * Tells which clusters have a place in the file, but no bytes there: the file has a hole, and they
 * read as zeroes. Blocks; for the control thread.
 *
 * <p>As in QEMU, the file is only asked when the image looks like one with preallocated metadata:
 * its refcounts speak of clearly more clusters than the file has room for. Others have too few
 * holes to be worth a system call for each run.
 */
final class Preallocation {
  private final Qcow2Header header;
  private final BlockDevice file;
  private boolean known;
  private boolean detected;

  /**
   * Makes it for an image.
   *
   * @param file active, while it is asked
   */
  Preallocation(Qcow2Header header, BlockDevice file) {
    this.header = header;
    this.file = file;
  }

  /**
   * Shortens a run of data to what is all hole or all bytes in the file, and says which.
   *
   * @throws IOException when the file can't be asked
   */
  void tellHoles(Extent run) throws IOException {
    if (!isDetected()) {
      return;
    }
    long offset = run.offsetBytes();
    long length = run.lengthBytes();
    long host = run.physicalOffsetBytes();
    boolean hole = true;
    // The last cluster may end beyond the file: what the file doesn't have are zeroes.
    if (host < file.capacityBytes()) {
      file.extentAt(host, run);
      hole = !run.hasContent();
      boolean last = run.lengthBytes() >= file.capacityBytes() - host;
      length = hole && last ? length : Math.min(length, run.lengthBytes());
    }
    run.set(Extent.Kind.DATA, offset, length, host).hole(hole);
  }

  private boolean isDetected() throws IOException {
    if (!known) {
      detected = detect();
      known = true;
    }
    return detected;
  }

  /** Compares the room of the file with what is in use: above 10/9, and 2 clusters more. */
  private boolean detect() throws IOException {
    long allocatedBytes = file.allocatedBytes();
    if (allocatedBytes < 0) {
      return false;
    }
    Geometry geometry = new Geometry(header, 1);
    long stored = allocatedBytes >>> geometry.clusterBits;
    // Below 2^63: a file has less than 2^63 bytes, and a cluster 2^9 at least.
    long threshold = Math.max(stored * 10 / 9, stored + 2);
    long end = geometry.clusters(file.capacityBytes());
    if (end < threshold) {
      return false;
    }
    long used = 0;
    try (TableReader reader = new TableReader(file)) {
      StoredRefcounts refcounts = new StoredRefcounts(header, geometry, reader);
      for (long cluster = 0; cluster < end && used < threshold; cluster++) {
        used += refcounts.get(cluster) == 0 ? 0 : 1;
      }
    }
    return used >= threshold;
  }
}
