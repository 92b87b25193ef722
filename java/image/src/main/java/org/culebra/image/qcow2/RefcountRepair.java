package org.culebra.image.qcow2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.linux.Memory;

/**
 * Makes the refcounts right of an image whose dirty bit is set, as QEMU does when it opens one:
 * every reference is counted, the blocks are written, and then the bit is cleared. A crash in
 * between leaves the bit set. Blocks; of one thread.
 */
final class RefcountRepair {
  private final Qcow2Header header;
  private final Geometry geometry;
  private final BlockDevice file;
  private final TableReader reader;
  private final ReferenceCounts references;
  private final long buffer;
  private final List<long[]> newBlocks = new ArrayList<>();
  private long endCluster;

  private RefcountRepair(
      Qcow2Header header, BlockDevice file, TableReader reader, ReferenceCounts references) {
    this.header = header;
    this.file = file;
    this.reader = reader;
    this.references = references;
    geometry = new Geometry(header, 1);
    buffer = reader.allocate(geometry.clusterSize);
    endCluster = geometry.clusters(file.capacityBytes());
  }

  /**
   * Repairs an image.
   *
   * @param file active, read-write
   * @throws IOException when the tables are broken in other ways, or the file can't be written
   */
  static void run(Qcow2Header header, BlockDevice file, ErrorSink errors) throws IOException {
    String prefix = file.name() + ": qcow2: dirty bit is set";
    errors.report(prefix + ": refcounts are counted anew");
    ReferenceCounts references;
    List<String> lines = new ArrayList<>();
    try (Qcow2Checker checker = new Qcow2Checker(header, file, lines::add)) {
      references = checker.count();
    }
    if (references == null) {
      throw new ImageException(
          prefix
              + ", and its tables are broken: "
              + lines.getFirst()
              + ": repair it with: qemu-img check -r all");
    }
    try (TableReader reader = new TableReader(file);
        SyncIo io = new SyncIo(file)) {
      new RefcountRepair(header, file, reader, references).repair(prefix, io);
    }
  }

  private void repair(String prefix, SyncIo io) throws IOException {
    StoredRefcounts stored = new StoredRefcounts(header, geometry, reader);
    long perBlock = 1L << geometry.refcountBlockBits;
    // New blocks lengthen the file, and may want blocks themselves: the end is looked up each time.
    for (long index = 0; index * perBlock < endCluster; index++) {
      if (index >= stored.tableEntries()) {
        throw new ImageException(
            prefix
                + ", and its refcount table is too small: repair it with: qemu-img check -r all");
      }
      if (stored.blockOffset(index) == 0) {
        newBlocks.add(new long[] {index, endCluster});
        references.add(endCluster);
        endCluster++;
      }
    }
    if (!file.capabilities().growable()
        && endCluster << geometry.clusterBits > file.capacityBytes()) {
      throw new ImageException(prefix + ", and there is no room for its refcounts");
    }
    for (long index = 0; index * perBlock < endCluster; index++) {
      long block = stored.blockOffset(index);
      writeBlock(io, index, block == 0 ? newBlock(index) : block);
    }
    io.flush();
    for (long[] block : newBlocks) {
      writeEntry(io, block[0], block[1] << geometry.clusterBits);
    }
    io.flush();
    clearDirtyBit(io);
  }

  private long newBlock(long index) {
    for (long[] block : newBlocks) {
      if (block[0] == index) {
        return block[1] << geometry.clusterBits;
      }
    }
    throw new AssertionError("no block for " + index);
  }

  private void writeBlock(SyncIo io, long index, long offset) throws IOException {
    Memory.fill(buffer, geometry.clusterSize, (byte) 0);
    long first = index << geometry.refcountBlockBits;
    long max = Refcounts.max(geometry.refcountOrder);
    for (int i = 0; i < 1 << geometry.refcountBlockBits; i++) {
      long count = references.get(first + i);
      if (count > max) {
        throw new ImageException(
            file.name()
                + ": qcow2: cluster "
                + (first + i)
                + ": referenced "
                + count
                + " times: refcounts reach "
                + max);
      }
      Refcounts.put(buffer, geometry.refcountOrder, i, count);
    }
    io.write(offset, buffer, geometry.clusterSize);
  }

  private void writeEntry(SyncIo io, long index, long block) throws IOException {
    long offset = header.refcountTableOffset + (index >>> geometry.l2Bits << geometry.clusterBits);
    reader.read(offset, buffer, geometry.clusterSize);
    BigEndian.putLong(buffer + 8 * (index & ((1L << geometry.l2Bits) - 1)), block);
    io.write(offset, buffer, geometry.clusterSize);
  }

  private void clearDirtyBit(SyncIo io) throws IOException {
    int unit = Math.max(512, file.limits().alignmentBytes());
    reader.read(0, buffer, unit);
    header.incompatibleFeatures &= ~Features.DIRTY;
    header.patch(buffer);
    io.write(0, buffer, unit);
    io.flush();
  }
}
