package org.culebra.image.qcow2;

import org.culebra.block.Extent;
import org.culebra.image.AddressMap;
import org.culebra.image.owner.Task;
import org.culebra.linux.Errno;

/**
 * Finds L2 entries by guest offset, through pages of L1 and L2 tables in the cache. Confined to the
 * owner.
 *
 * <p>A short memory of the L2 pages used last makes the usual look-up one comparison.
 */
final class Lookup implements AddressMap {
  /** {@link #page}, {@link #index} and {@link #owned} are set. */
  static final int FOUND = 0;

  // MISS is 1: a page must be loaded.

  /** There is no L2 table: all its clusters are unallocated. */
  static final int NO_TABLE = 2;

  private static final int RECENT = 64;

  private final Qcow2Core core;
  private final Geometry geometry;
  private final Qcow2Header header;
  private final long[] recentKeys = new long[RECENT];
  private final TablePage[] recentPages = new TablePage[RECENT];
  private final long[] recentOffsets = new long[RECENT];
  private final boolean[] recentOwned = new boolean[RECENT];

  TablePage page;
  int index;

  /** Whether the L2 table's refcount is 1, so that it is changed in place. */
  boolean owned;

  Lookup(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
    header = core.header;
    forgetRecent();
  }

  /** Forgets which pages were used last, since an L1 entry changed. */
  void forgetRecent() {
    java.util.Arrays.fill(recentKeys, -1);
  }

  /** Returns {@link #FOUND}, {@link #MISS}, {@link #NO_TABLE} or a negated errno. */
  int locate(long guestOffset) {
    long cluster = guestOffset >>> geometry.clusterBits;
    long key = cluster >>> geometry.pageEntryBits;
    int slot = (int) key & (RECENT - 1);
    index = (int) cluster & ((1 << geometry.pageEntryBits) - 1);
    TablePage recent = recentPages[slot];
    if (recentKeys[slot] == key && recent.offsetBytes == recentOffsets[slot] && !recent.loading) {
      recent.referenced = true;
      page = recent;
      owned = recentOwned[slot];
      return FOUND;
    }
    return locateSlow(guestOffset, key, slot);
  }

  private int locateSlow(long guestOffset, long key, int slot) {
    TablePage l1Page = core.cache.find(l1PageOffset(guestOffset));
    if (l1Page == null) {
      return MISS;
    }
    long l1Entry = l1Page.entry(l1PageIndex(guestOffset));
    long table = L2Entry.offset(l1Entry);
    if (table == 0) {
      return NO_TABLE;
    }
    int error = checkTable(table, guestOffset);
    if (error != 0) {
      return error;
    }
    TablePage found = core.cache.find(l2PageOffset(table, guestOffset));
    if (found == null) {
      return MISS;
    }
    if (found.kind != TablePage.Kind.L2) {
      return core.corrupt("L2 table offset 0x%x: is another table's", table);
    }
    page = found;
    owned = L2Entry.isCopied(l1Entry);
    recentKeys[slot] = key;
    recentPages[slot] = found;
    recentOffsets[slot] = found.offsetBytes;
    recentOwned[slot] = owned;
    return FOUND;
  }

  private int checkTable(long table, long guestOffset) {
    if (geometry.inCluster(table) != 0) {
      return core.corrupt(
          "L2 table offset 0x%x of L1 entry %d: not a multiple of the cluster size",
          table, geometry.l1Index(guestOffset));
    }
    String overlap = core.ranges.overlap(table, table + geometry.clusterSize);
    if (overlap != null) {
      return core.corrupt(
          "L2 table offset 0x%x of L1 entry %d: overlaps %s",
          table, geometry.l1Index(guestOffset), overlap);
    }
    return 0;
  }

  long l1PageOffset(long guestOffset) {
    return geometry.pageStart(header.l1TableOffset + geometry.l1Index(guestOffset) * 8);
  }

  int l1PageIndex(long guestOffset) {
    long offset = header.l1TableOffset + geometry.l1Index(guestOffset) * 8;
    return (int) (offset & (geometry.pageSize - 1)) >>> 3;
  }

  private long l2PageOffset(long table, long guestOffset) {
    return geometry.pageStart(table + geometry.l2Index(guestOffset) * 8);
  }

  /** Returns how many entries follow in the located page, the located one included. */
  int entriesLeft() {
    return (1 << geometry.pageEntryBits) - index;
  }

  @Override
  public void load(long guestOffset, Task task) {
    long l1Offset = l1PageOffset(guestOffset);
    TablePage l1Page = core.cache.find(l1Offset);
    if (l1Page == null) {
      core.cache.load(l1Offset, TablePage.Kind.L1, task);
      return;
    }
    long table = L2Entry.offset(l1Page.entry(l1PageIndex(guestOffset)));
    core.cache.load(l2PageOffset(table, guestOffset), TablePage.Kind.L2, task);
  }

  @Override
  public int translate(long offsetBytes, long lengthBytes, Extent out) {
    int found = locate(offsetBytes);
    if (found == NO_TABLE) {
      int tableBits = geometry.clusterBits + geometry.l2Bits;
      long tableEnd = ((offsetBytes >>> tableBits) + 1) << tableBits;
      out.set(
          Extent.Kind.UNALLOCATED, offsetBytes, Math.min(lengthBytes, tableEnd - offsetBytes), -1);
      return MAPPED;
    }
    if (found != FOUND) {
      return found;
    }
    return run(offsetBytes, lengthBytes, out);
  }

  /** Extends over entries that continue the first one, and over pages that are in memory. */
  private int run(long offset, long length, Extent out) {
    long first = page.entry(index);
    Extent.Kind kind = L2Entry.kind(first);
    long host = L2Entry.offset(first);
    int error = checkEntry(first, kind, offset);
    if (error != 0) {
      return error;
    }
    long size = geometry.clusterSize;
    long within = geometry.inCluster(offset);
    long end = size;
    boolean inFile = kind == Extent.Kind.DATA || kind == Extent.Kind.ZERO && host != 0;
    while (end - within < length) {
      index++;
      if (index == 1 << geometry.pageEntryBits && locate(offset - within + end) != FOUND) {
        break;
      }
      long entry = page.entry(index);
      long expected = inFile ? host + end : 0;
      if (L2Entry.kind(entry) != kind
          || kind == Extent.Kind.COMPRESSED
          || L2Entry.offset(entry) != expected) {
        break;
      }
      end += size;
    }
    error = kind == Extent.Kind.DATA ? checkHost(host, end, offset) : 0;
    if (error != 0) {
      return error;
    }
    out.set(kind, offset, Math.min(length, end - within), inFile ? host + within : -1);
    return MAPPED;
  }

  /** Checks one entry for what a reader can't accept. */
  int checkEntry(long entry, Extent.Kind kind, long offset) {
    if (kind == Extent.Kind.COMPRESSED) {
      return 0;
    }
    if ((entry & L2Entry.ZERO) != 0 && !geometry.hasZeroFlag) {
      return core.corrupt("L2 entry 0x%x of offset 0x%x: zero flag in version 2", entry, offset);
    }
    if (geometry.inCluster(L2Entry.offset(entry)) != 0) {
      return core.corrupt(
          "L2 entry 0x%x of offset 0x%x: not a multiple of the cluster size", entry, offset);
    }
    return 0;
  }

  /** Checks where a run of host clusters lies. */
  int checkHost(long host, long lengthBytes, long offset) {
    String overlap = core.ranges.overlap(host, host + lengthBytes);
    if (overlap != null) {
      return core.corrupt("host offset 0x%x of offset 0x%x: overlaps %s", host, offset, overlap);
    }
    if (host + lengthBytes > core.fileEndBytes()) {
      return core.broken(
          "host offset 0x%x of offset 0x%x: beyond the end of the file, 0x%x",
          host, offset, core.fileEndBytes());
    }
    return 0;
  }

  /** Returns the errno of a compressed cluster, which is reported. */
  int refuseCompressed(long offset) {
    core.broken("compressed cluster at offset 0x%x: compression is not supported", offset);
    return -Errno.EIO;
  }
}
