package org.culebra.image.qcow2;

import java.io.IOException;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.Extent;
import org.culebra.image.CheckReport;
import org.culebra.image.ImageException;

/**
 * Counts every reference to every cluster of an image and compares with the stored refcounts, as
 * qemu-img check does. Blocks; of one thread.
 */
final class Qcow2Checker implements AutoCloseable {
  private static final long OFFSET_END = 1L << 56;

  private final Qcow2Header header;
  private final Geometry geometry;
  private final TableReader reader;
  private final Consumer<String> lines;
  private final ReferenceCounts references = new ReferenceCounts();
  private final StoredRefcounts stored;
  private final long fileClusters;
  private final long l1Buffer;
  private final long l2Buffer;
  private long corruptions;
  private long leaks;
  private long checkErrors;
  private long endCluster;
  private long allocated;
  private long fragmented;
  private long compressed;

  /**
   * Makes one for an image.
   *
   * @param file active
   * @param lines takes a line for each fault
   */
  Qcow2Checker(Qcow2Header header, BlockDevice file, Consumer<String> lines) throws IOException {
    this.header = header;
    this.lines = lines;
    geometry = new Geometry(header, 1);
    reader = new TableReader(file);
    fileClusters = geometry.clusters(file.capacityBytes());
    l1Buffer = reader.allocate(geometry.clusterSize);
    l2Buffer = reader.allocate(geometry.clusterSize);
    stored = new StoredRefcounts(header, geometry, reader);
  }

  /**
   * Counts all references, and compares nothing.
   *
   * @return how often each cluster is referenced, or null when the tables are broken
   */
  ReferenceCounts count() {
    countRange(0, geometry.clusterSize, "header");
    countTable(header.l1TableOffset, header.l1Size, true);
    try {
      countSnapshots();
      countBitmaps();
    } catch (IOException e) {
      error(e.getMessage());
    }
    countRefcounts();
    return corruptions + checkErrors == 0 ? references : null;
  }

  /** Checks all of it. */
  CheckReport check() {
    count();
    compare();
    checkCopied();
    return new CheckReport(
        corruptions,
        leaks,
        checkErrors,
        (endCluster) << geometry.clusterBits,
        geometry.clusters(header.sizeBytes),
        allocated,
        fragmented,
        compressed);
  }

  private void corruption(String format, Object... values) {
    corruptions++;
    lines.accept("ERROR " + String.format(format, values));
  }

  private void error(String line) {
    checkErrors++;
    lines.accept("ERROR: " + line);
  }

  /** Counts one reference to each cluster of a range. */
  private void countRange(long offset, long length, String what) {
    if (length <= 0) {
      return;
    }
    long end = offset + length;
    boolean tooLong =
        end < 0
            || end >>> geometry.clusterBits > fileClusters
                && end - (fileClusters << geometry.clusterBits) >= geometry.clusterSize;
    if (offset < 0 || tooLong) {
      corruption("%s at offset 0x%x: beyond the end of the image", what, offset);
      return;
    }
    for (long c = offset >>> geometry.clusterBits; c < geometry.clusters(end); c++) {
      references.add(c);
    }
  }

  /** Counts an L1 table and all that is reachable from it. */
  private void countTable(long offset, long entries, boolean active) {
    countRange(offset, entries * 8, "L1 table");
    long perCluster = 1L << geometry.l2Bits;
    for (long first = 0; first < entries; first += perCluster) {
      if (!read(offset + first * 8, l1Buffer, "L1 table")) {
        continue;
      }
      for (long i = 0; i < perCluster && first + i < entries; i++) {
        countL2(BigEndian.getLong(l1Buffer + i * 8), first + i, active);
      }
    }
  }

  private boolean read(long offset, long buffer, String what) {
    try {
      reader.read(offset, buffer, geometry.clusterSize);
      return true;
    } catch (IOException e) {
      error(what + " at offset 0x" + Long.toHexString(offset) + ": " + e.getMessage());
      return false;
    }
  }

  private void countL2(long l1Entry, long l1Index, boolean active) {
    long table = L2Entry.offset(l1Entry);
    if ((l1Entry & L2Entry.L1_RESERVED) != 0) {
      corruption("found l1 entry with reserved bits set: %x", l1Entry);
    }
    if (table == 0) {
      return;
    }
    if (geometry.inCluster(table) != 0) {
      corruption("l2_offset=%x: Table is not cluster aligned; L1 entry corrupted", table);
      return;
    }
    countRange(table, geometry.clusterSize, "L2 table");
    if (table >>> geometry.clusterBits >= fileClusters || !read(table, l2Buffer, "L2 table")) {
      return;
    }
    long expected = 0;
    for (int i = 0; i < 1 << geometry.l2Bits; i++) {
      long entry = BigEndian.getLong(l2Buffer + 8L * i);
      countEntry(entry);
      if (active && L2Entry.hasHost(entry)) {
        allocated++;
        fragmented += expected != 0 && L2Entry.offset(entry) != expected ? 1 : 0;
        expected = L2Entry.offset(entry) + geometry.clusterSize;
      } else if (active && L2Entry.kind(entry) == Extent.Kind.COMPRESSED) {
        allocated++;
        compressed++;
        fragmented++;
      }
    }
  }

  private void countEntry(long entry) {
    Extent.Kind kind = L2Entry.kind(entry);
    if (kind == Extent.Kind.COMPRESSED) {
      if (L2Entry.isCopied(entry)) {
        corruption("coffset=0x%x: copied flag must never be set for compressed clusters", entry);
      }
      long start = L2Entry.compressedOffset(entry, geometry.clusterBits);
      countRange(start, L2Entry.compressedEnd(entry, geometry.clusterBits) - start, "cluster");
      return;
    }
    if ((entry & L2Entry.RESERVED) != 0) {
      corruption("found l2 entry with reserved bits set: %x", entry);
    }
    if ((entry & L2Entry.ZERO) != 0 && !geometry.hasZeroFlag) {
      corruption("found l2 entry with the zero flag in version 2: %x", entry);
    }
    long host = L2Entry.offset(entry);
    if (host != 0 && geometry.inCluster(host) != 0) {
      corruption("offset=%x: Cluster is not properly aligned; L2 entry corrupted.", host);
      return;
    }
    if (host != 0) {
      countRange(host, geometry.clusterSize, "cluster");
    }
  }

  private void countSnapshots() throws IOException {
    if (header.snapshotCount == 0) {
      return;
    }
    long end = header.snapshotsOffset;
    for (Snapshot snapshot : Snapshot.readAll(header, reader)) {
      end = snapshot.endOffset();
      long offset = snapshot.l1TableOffset();
      if (geometry.inCluster(offset) != 0 || offset >= OFFSET_END) {
        corruption("snapshot %s: l1_offset=%x: not cluster aligned", snapshot.id(), offset);
      } else if (snapshot.l1Size() > (32 << 20) / 8) {
        corruption("snapshot %s: l1_size=%d: too large", snapshot.id(), snapshot.l1Size());
      } else {
        countTable(offset, snapshot.l1Size(), false);
      }
    }
    countRange(header.snapshotsOffset, end - header.snapshotsOffset, "snapshot table");
  }

  private void countBitmaps() throws IOException {
    boolean consistent = (header.autoclearFeatures & Features.BITMAPS) != 0;
    if (!consistent || header.extensions.bitmapCount == 0) {
      return;
    }
    long offset = header.extensions.bitmapDirectoryOffset;
    long length = header.extensions.bitmapDirectoryBytes;
    countRange(offset, length, "bitmap directory");
    long end = offset + length;
    for (long i = 0; i < header.extensions.bitmapCount; i++) {
      if (offset + 24 > end) {
        throw new ImageException("bitmap directory: ends before bitmap " + i);
      }
      byte[] entry = reader.bytes(offset, 24);
      long table = BigEndian.getLong(entry, 0);
      long entries = BigEndian.getInt(entry, 8);
      countRange(table, entries * 8, "bitmap table");
      for (long j = 0;
          j < entries && table + entries * 8 <= fileClusters << geometry.clusterBits;
          j++) {
        long data = L2Entry.offset(BigEndian.getLong(reader.bytes(table + j * 8, 8), 0));
        countRange(data, data == 0 ? 0 : geometry.clusterSize, "bitmap data");
      }
      int bytes = 24 + BigEndian.getShort(entry, 18) + (int) BigEndian.getInt(entry, 20);
      offset += (bytes + 7) & ~7;
    }
  }

  private void countRefcounts() {
    countRange(
        header.refcountTableOffset,
        header.refcountTableClusters << geometry.clusterBits,
        "refcount table");
    try {
      for (long i = 0; i < stored.tableEntries(); i++) {
        long block = stored.blockOffset(i);
        if (geometry.inCluster(block) != 0) {
          corruption("refcount block %d is not cluster aligned; refcount table entry corrupted", i);
        } else if (block != 0 && (block < 0 || block >>> geometry.clusterBits >= fileClusters)) {
          corruption("refcount block %d is outside image", i);
        } else if (block != 0) {
          references.add(block >>> geometry.clusterBits);
        }
      }
    } catch (IOException e) {
      error("refcount table: " + e.getMessage());
    }
  }

  private void compare() {
    for (long cluster = 0; cluster < fileClusters; cluster++) {
      long counted = references.get(cluster);
      long there;
      try {
        there = stored.get(cluster);
      } catch (IOException e) {
        error("refcount of cluster " + cluster + ": " + e.getMessage());
        continue;
      }
      if (counted != 0 || there != 0) {
        endCluster = cluster + 1;
      }
      if (Long.compareUnsigned(there, counted) < 0) {
        corruption("cluster %d refcount=%d reference=%d", cluster, there, counted);
      } else if (there != counted) {
        leaks++;
        lines.accept(
            String.format("Leaked cluster %d refcount=%d reference=%d", cluster, there, counted));
      }
    }
  }

  /** The copied flag in active tables says whether the refcount is 1. */
  private void checkCopied() {
    long perCluster = 1L << geometry.l2Bits;
    for (long first = 0; first < header.l1Size; first += perCluster) {
      if (!read(header.l1TableOffset + first * 8, l1Buffer, "L1 table")) {
        continue;
      }
      for (long i = 0; i < perCluster && first + i < header.l1Size; i++) {
        checkCopied(BigEndian.getLong(l1Buffer + i * 8), first + i);
      }
    }
  }

  private void checkCopied(long l1Entry, long l1Index) {
    long table = L2Entry.offset(l1Entry);
    boolean usable = table != 0 && geometry.inCluster(table) == 0;
    if (!usable || table >>> geometry.clusterBits >= fileClusters) {
      return;
    }
    if (isCopiedWrong(l1Entry, table)) {
      corruption("OFLAG_COPIED L2 cluster: l1_index=%d l1_entry=%x", l1Index, l1Entry);
    }
    if (!read(table, l2Buffer, "L2 table")) {
      return;
    }
    for (int i = 0; i < 1 << geometry.l2Bits; i++) {
      long entry = BigEndian.getLong(l2Buffer + 8L * i);
      long host = L2Entry.offset(entry);
      if (L2Entry.hasHost(entry) && geometry.inCluster(host) == 0 && isCopiedWrong(entry, host)) {
        corruption("OFLAG_COPIED data cluster: l2_entry=%x", entry);
      }
    }
  }

  private boolean isCopiedWrong(long entry, long offset) {
    try {
      long refcount = stored.get(offset >>> geometry.clusterBits);
      return (refcount == 1) != L2Entry.isCopied(entry);
    } catch (IOException e) {
      error("refcount of offset 0x" + Long.toHexString(offset) + ": " + e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
