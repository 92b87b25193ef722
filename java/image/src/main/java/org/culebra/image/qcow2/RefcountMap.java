package org.culebra.image.qcow2;

import org.culebra.image.owner.Task;

/**
 * Finds the refcount of a host cluster through refcount table and blocks. Confined to the owner.
 */
final class RefcountMap {
  /** {@link #page} and {@link #index} say where it is. */
  static final int FOUND = 0;

  /** A page is on its way; the task runs again. */
  static final int PARKED = 1;

  /** The table has no block for it: the refcount is 0. */
  static final int NO_BLOCK = 2;

  /** The table ends before it: the refcount is 0. */
  static final int NO_ENTRY = 3;

  private final Qcow2Core core;
  private final Geometry geometry;
  private final Qcow2Header header;

  TablePage page;
  int index;

  /** The page of the refcount table that was looked into, and where. */
  TablePage tablePage;

  int tableIndex;

  RefcountMap(Qcow2Core core) {
    this.core = core;
    geometry = core.geometry;
    header = core.header;
  }

  /** Returns how many blocks the refcount table has entries for. */
  long tableEntries() {
    return header.refcountTableClusters << geometry.l2Bits;
  }

  /** Returns one of the constants, or a negated errno when the table is broken. */
  int locate(long cluster, Task task) {
    int found = locateTable(cluster >>> geometry.refcountBlockBits, task);
    if (found != FOUND) {
      return found;
    }
    long entry = tablePage.entry(tableIndex);
    if (entry == 0) {
      return NO_BLOCK;
    }
    if ((entry & (geometry.clusterSize - 1)) != 0 || entry < 0) {
      return core.corrupt("refcount block offset 0x%x: not a multiple of the cluster size", entry);
    }
    String overlap = core.ranges.overlap(entry, entry + geometry.clusterSize);
    if (overlap != null) {
      return core.corrupt("refcount block offset 0x%x: overlaps %s", entry, overlap);
    }
    long inBlock = cluster & ((1L << geometry.refcountBlockBits) - 1);
    long pageOffset = entry + ((inBlock >>> geometry.refcountPageBits) << geometry.pageBits);
    page = core.cache.find(pageOffset);
    if (page == null) {
      core.cache.load(pageOffset, TablePage.Kind.REFCOUNT_BLOCK, task);
      return PARKED;
    }
    if (page.kind != TablePage.Kind.REFCOUNT_BLOCK) {
      return core.corrupt("refcount block offset 0x%x: is another table's", entry);
    }
    index = (int) (inBlock & ((1L << geometry.refcountPageBits) - 1));
    return FOUND;
  }

  /** Finds the entry of the refcount table at an index. */
  int locateTable(long tableEntry, Task task) {
    if (tableEntry >= tableEntries()) {
      return NO_ENTRY;
    }
    long offset = header.refcountTableOffset + tableEntry * 8;
    tablePage = core.cache.find(geometry.pageStart(offset));
    if (tablePage == null) {
      core.cache.load(geometry.pageStart(offset), TablePage.Kind.REFCOUNT_TABLE, task);
      return PARKED;
    }
    tableIndex = (int) (offset & (geometry.pageSize - 1)) >>> 3;
    return FOUND;
  }

  /** Returns the refcount that was found. */
  long get() {
    return Refcounts.get(page.address, geometry.refcountOrder, index);
  }

  /** Changes the refcount that was found. */
  void put(long value) {
    Refcounts.put(page.address, geometry.refcountOrder, index, value);
    core.cache.markDirty(page);
  }
}
