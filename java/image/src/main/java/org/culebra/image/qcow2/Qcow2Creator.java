package org.culebra.image.qcow2;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.culebra.block.BlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.image.ImageException;
import org.culebra.linux.Memory;

/** Writes new images. The header is written last: until then the file holds no image. */
final class Qcow2Creator implements AutoCloseable {
  private final BlockDevice file;
  private final Qcow2Layout layout;
  private final Arena arena = Arena.ofShared();
  private final SyncIo io;
  private final long buffer;
  private final int clusterSize;

  private Qcow2Creator(BlockDevice file, Qcow2Layout layout) throws IOException {
    this.file = file;
    this.layout = layout;
    clusterSize = (int) layout.clusterSize;
    buffer = arena.allocate(clusterSize, 4096).address();
    io = new SyncIo(file);
  }

  /**
   * Makes an image in a file, whose content is lost.
   *
   * @param file active, read-write; empty when it is growable
   * @throws IOException when the options contradict each other, or the file can't be written
   */
  static void create(BlockDevice file, Qcow2CreateOptions options) throws IOException {
    options.check();
    Qcow2Layout layout = new Qcow2Layout(options);
    byte[] header = layout.header();
    int alignment = file.limits().alignmentBytes();
    if (alignment > layout.clusterSize) {
      throw new ImageException(
          file.name()
              + ": alignment of "
              + alignment
              + " bytes: above the cluster size, "
              + layout.clusterSize);
    }
    long needed = layout.endCluster << layout.clusterBits;
    boolean growable = file.capabilities().growable();
    if (!growable && needed > file.capacityBytes()) {
      throw new ImageException(
          file.name() + ": " + file.capacityBytes() + " bytes: the image needs " + needed);
    }
    try (Qcow2Creator creator = new Qcow2Creator(file, layout)) {
      creator.write(header, growable);
    }
  }

  private void write(byte[] header, boolean growable) throws IOException {
    clear();
    writeCluster(0);
    writeRefcountTable();
    writeRefcountBlocks();
    writeL1();
    for (long i = 0; i < layout.l2Tables; i++) {
      writeL2(i);
    }
    long end = layout.endCluster << layout.clusterBits;
    if (layout.dataClusters > 0 && growable) {
      file.resize(end);
    }
    writeData();
    io.flush();
    Memory.put(buffer, header, 0, header.length);
    writeCluster(0);
    io.flush();
  }

  private void clear() {
    Memory.fill(buffer, clusterSize, (byte) 0);
  }

  private void writeCluster(long cluster) throws IOException {
    io.write(cluster << layout.clusterBits, buffer, clusterSize);
  }

  /** Writes consecutive 8-byte entries into a table of clusters. */
  private void writeTable(long cluster, long clusters, long entries, long firstTarget, long flags)
      throws IOException {
    long perCluster = clusterSize / 8;
    for (long i = 0; i < clusters; i++) {
      clear();
      for (long j = 0; j < perCluster && i * perCluster + j < entries; j++) {
        long target = (firstTarget + i * perCluster + j) << layout.clusterBits;
        BigEndian.putLong(buffer + j * 8, target | flags);
      }
      writeCluster(cluster + i);
    }
  }

  private void writeRefcountTable() throws IOException {
    writeTable(layout.tableCluster, layout.tableClusters, layout.blocks, layout.blockCluster, 0);
  }

  private void writeRefcountBlocks() throws IOException {
    long perBlock = (long) clusterSize * 8 >> layout.refcountOrder;
    for (long i = 0; i < layout.blocks; i++) {
      clear();
      long used = Math.min(perBlock, layout.endCluster - i * perBlock);
      for (int j = 0; j < used; j++) {
        Refcounts.put(buffer, layout.refcountOrder, j, 1);
      }
      writeCluster(layout.blockCluster + i);
    }
  }

  private void writeL1() throws IOException {
    writeTable(
        layout.l1Cluster, layout.l1Clusters, layout.l2Tables, layout.l2Cluster, L2Entry.COPIED);
  }

  private void writeL2(long index) throws IOException {
    long perTable = clusterSize / 8;
    long first = index * perTable;
    long entries = Math.min(perTable, layout.dataClusters - first);
    writeTable(layout.l2Cluster + index, 1, entries, layout.dataCluster + first, L2Entry.COPIED);
  }

  /** A file of fixed size may hold anything: data that is allocated has to be zeroes. */
  private void writeData() throws IOException {
    boolean growable = file.capabilities().growable();
    Qcow2CreateOptions.Preallocation preallocation = layout.options.preallocation();
    boolean metadata = preallocation == Qcow2CreateOptions.Preallocation.METADATA;
    if (layout.dataClusters == 0 || growable && metadata) {
      return;
    }
    boolean full = preallocation == Qcow2CreateOptions.Preallocation.FULL;
    if (!full && file.capabilities().writeZeroes()) {
      // Without UNMAP: the file system gives it room.
      long start = layout.dataCluster << layout.clusterBits;
      io.writeZeroes(start, layout.dataClusters << layout.clusterBits, 0);
      return;
    }
    clear();
    for (long i = 0; i < layout.dataClusters; i++) {
      writeCluster(layout.dataCluster + i);
    }
  }

  @Override
  public void close() {
    io.close();
    arena.close();
  }
}
