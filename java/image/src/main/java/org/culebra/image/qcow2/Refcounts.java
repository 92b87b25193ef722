package org.culebra.image.qcow2;

import org.culebra.linux.Memory;

/** Entries of a refcount block, 1 to 64 bits wide (qcow2: Host cluster management). */
final class Refcounts {
  private Refcounts() {}

  /** Returns the largest value of a width; of 64 bits, the largest that is positive. */
  static long max(int order) {
    return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
  }

  /** Returns an entry; one of 64 bits with the highest bit set is negative. */
  static long get(long address, int order, int index) {
    return switch (order) {
      case 3 -> Memory.getByte(address + index) & 0xff;
      case 4 -> BigEndian.getShort(address + 2L * index);
      case 5 -> BigEndian.getInt(address + 4L * index);
      case 6 -> BigEndian.getLong(address + 8L * index);
      default -> {
        int perByteBits = 3 - order;
        int shift = (index & ((1 << perByteBits) - 1)) << order;
        yield (Memory.getByte(address + (index >> perByteBits)) >> shift) & max(order);
      }
    };
  }

  static void put(long address, int order, int index, long value) {
    switch (order) {
      case 3 -> Memory.putByte(address + index, (byte) value);
      case 4 -> BigEndian.putShort(address + 2L * index, (int) value);
      case 5 -> BigEndian.putInt(address + 4L * index, value);
      case 6 -> BigEndian.putLong(address + 8L * index, value);
      default -> {
        int perByteBits = 3 - order;
        int shift = (index & ((1 << perByteBits) - 1)) << order;
        long at = address + (index >> perByteBits);
        int cleared = Memory.getByte(at) & ~((int) max(order) << shift);
        Memory.putByte(at, (byte) (cleared | (int) value << shift));
      }
    }
  }
}
