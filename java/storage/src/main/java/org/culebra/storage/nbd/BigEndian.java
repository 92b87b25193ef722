package org.culebra.storage.nbd;

import org.culebra.linux.Memory;

/** NBD's byte order, at addresses of any alignment. */
final class BigEndian {
  private BigEndian() {}

  static int getShort(long address) {
    return Short.reverseBytes((short) Memory.getShort(address)) & 0xffff;
  }

  static void putShort(long address, int value) {
    Memory.putShort(address, Short.reverseBytes((short) value) & 0xffff);
  }

  static int getInt(long address) {
    return Integer.reverseBytes(Memory.getInt(address));
  }

  static void putInt(long address, int value) {
    Memory.putInt(address, Integer.reverseBytes(value));
  }

  static long getLong(long address) {
    return Long.reverseBytes(Memory.getLong(address));
  }

  static void putLong(long address, long value) {
    Memory.putLong(address, Long.reverseBytes(value));
  }
}
