package org.culebra.image.qcow2;

import org.culebra.image.owner.TaskList;

/** A frame of the {@link TableCache}: one page of a table in memory. Confined to the owner. */
final class TablePage {
  /** What a page belongs to, in the order in which dirty ones become durable. */
  enum Kind {
    REFCOUNT_BLOCK,
    REFCOUNT_TABLE,
    L2,
    L1
  }

  final int frame;
  final long address;
  final TaskList waiters = new TaskList();
  Kind kind;

  /** Where it stands in the file, or -1 when the frame is empty. */
  long offsetBytes = -1;

  boolean loading;

  /** Dropped while it was loading: forgotten when it is there. */
  boolean doomed;

  boolean dirty;

  /** A write-back is writing the copy that it took. */
  boolean writing;

  /** Used since the clock's hand last passed. */
  boolean referenced;

  int pins;
  TablePage nextInBucket;

  TablePage(int frame, long address) {
    this.frame = frame;
    this.address = address;
  }

  boolean isEvictable() {
    return !loading && !dirty && !writing && pins == 0;
  }

  /** Returns the 8-byte entry at an index. */
  long entry(int index) {
    return BigEndian.getLong(address + 8L * index);
  }

  void putEntry(int index, long value) {
    BigEndian.putLong(address + 8L * index, value);
  }
}
