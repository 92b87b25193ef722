package org.culebra.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Descriptors that came with a message or go with one; confined to one thread.
 *
 * <pre>
 *   0       4       8            132
 *   +-------+-------+--- ... ---+
 *   | count | fds[0]|           |   struct culebra_descriptors
 *   +-------+-------+--- ... ---+
 * </pre>
 *
 * <p>Who holds the list owns what is in it, until it is taken or closed.
 */
public final class FdList {
  /** How many one list holds. */
  public static final int MAX = 32;

  static final int COUNT_OFFSET = 0;
  static final int FDS_OFFSET = 4;
  static final int BYTES = FDS_OFFSET + MAX * Integer.BYTES;

  private final MemorySegment memory = Arena.ofAuto().allocate(BYTES, Integer.BYTES);
  private final long address = memory.address();

  /** Makes an empty list. */
  public FdList() {}

  /** Returns how many there are. */
  public int count() {
    return Memory.getInt(address + COUNT_OFFSET);
  }

  /** Returns a descriptor that stays in the list. */
  public int get(int index) {
    assert index >= 0 && index < count() : index;
    return Memory.getInt(fdAddress(index));
  }

  /** Appends one; the list isn't full. */
  public void add(int fd) {
    int count = count();
    assert count < MAX : count;
    Memory.putInt(fdAddress(count), fd);
    Memory.putInt(address + COUNT_OFFSET, count + 1);
  }

  /** Removes a descriptor, which is the caller's from now on; later ones move up. */
  public int take(int index) {
    int fd = get(index);
    int count = count() - 1;
    Memory.copy(fdAddress(index + 1), fdAddress(index), (long) (count - index) * Integer.BYTES);
    Memory.putInt(address + COUNT_OFFSET, count);
    return fd;
  }

  /** Forgets all of them without closing any. */
  public void clear() {
    Memory.putInt(address + COUNT_OFFSET, 0);
  }

  /** Closes all of them and forgets them. */
  public void closeAll() {
    for (int i = 0; i < count(); i++) {
      Fd.close(get(i));
    }
    clear();
  }

  /** Returns the address of the structure; the list must stay reachable while it is used. */
  long address() {
    return address;
  }

  private long fdAddress(int index) {
    return address + FDS_OFFSET + (long) index * Integer.BYTES;
  }
}
