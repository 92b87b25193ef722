package org.culebra.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Memory outside the Java heap by its address: what the kernel, a guest and Java see alike.
 *
 * <p>The data path deals in addresses, because that is what iovecs and rings hold, and because the
 * lifetime of guest memory is decided by the last I/O that can touch it, which no {@code Arena}
 * knows. Nothing here checks a bound: a caller passes only addresses that a region's translation or
 * its own allocation gave it. Values are little-endian, as virtio 1.x has them.
 */
@SuppressWarnings("restricted")
public final class Memory {
  /** All of the address space as one segment of the global scope. */
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORTS = SHORT.varHandle();
  private static final VarHandle INTS = INT.varHandle();
  private static final VarHandle LONGS = LONG.varHandle();
  private static final ValueLayout.OfShort SHORT_UNALIGNED = SHORT.withByteAlignment(1);
  private static final ValueLayout.OfInt INT_UNALIGNED = INT.withByteAlignment(1);
  private static final ValueLayout.OfLong LONG_UNALIGNED = LONG.withByteAlignment(1);

  private Memory() {}

  /**
   * Allocates zeroed memory that lives as long as the process; for pools made once.
   *
   * @param sizeBytes above 0
   * @param alignmentBytes a power of two
   * @return the address
   */
  public static long allocate(long sizeBytes, long alignmentBytes) {
    return Arena.global().allocate(sizeBytes, alignmentBytes).address();
  }

  /** Returns the bytes at an address as a segment of the global scope, bounded by its size. */
  public static MemorySegment segment(long address, long sizeBytes) {
    return ALL.asSlice(address, sizeBytes);
  }

  /** Returns the byte at an address. */
  public static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  /** Stores a byte. */
  public static void putByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  /** Returns the 16 bits at an address of any alignment, as 0 to 65535. */
  public static int getShort(long address) {
    return ALL.get(SHORT_UNALIGNED, address) & 0xffff;
  }

  /** Stores 16 bits at an address of any alignment. */
  public static void putShort(long address, int value) {
    ALL.set(SHORT_UNALIGNED, address, (short) value);
  }

  /** Returns the 32 bits at an address of any alignment. */
  public static int getInt(long address) {
    return ALL.get(INT_UNALIGNED, address);
  }

  /** Stores 32 bits at an address of any alignment. */
  public static void putInt(long address, int value) {
    ALL.set(INT_UNALIGNED, address, value);
  }

  /** Returns the 64 bits at an address of any alignment. */
  public static long getLong(long address) {
    return ALL.get(LONG_UNALIGNED, address);
  }

  /** Stores 64 bits at an address of any alignment. */
  public static void putLong(long address, long value) {
    ALL.set(LONG_UNALIGNED, address, value);
  }

  /** Returns the 16 bits at a 2-byte aligned address with acquire order, as 0 to 65535. */
  public static int getShortAcquire(long address) {
    return (short) SHORTS.getAcquire(ALL, address) & 0xffff;
  }

  /** Stores 16 bits at a 2-byte aligned address with release order. */
  public static void putShortRelease(long address, int value) {
    SHORTS.setRelease(ALL, address, (short) value);
  }

  /** Returns the 16 bits at a 2-byte aligned address, untorn and unordered, as 0 to 65535. */
  public static int getShortOpaque(long address) {
    return (short) SHORTS.getOpaque(ALL, address) & 0xffff;
  }

  /** Stores 16 bits at a 2-byte aligned address, untorn and unordered. */
  public static void putShortOpaque(long address, int value) {
    SHORTS.setOpaque(ALL, address, (short) value);
  }

  /** Returns the 32 bits at a 4-byte aligned address with acquire order. */
  public static int getIntAcquire(long address) {
    return (int) INTS.getAcquire(ALL, address);
  }

  /** Stores 32 bits at a 4-byte aligned address with release order. */
  public static void putIntRelease(long address, int value) {
    INTS.setRelease(ALL, address, value);
  }

  /** Returns the 64 bits at an 8-byte aligned address with acquire order. */
  public static long getLongAcquire(long address) {
    return (long) LONGS.getAcquire(ALL, address);
  }

  /** Stores 64 bits at an 8-byte aligned address with release order. */
  public static void putLongRelease(long address, long value) {
    LONGS.setRelease(ALL, address, value);
  }

  /** Copies bytes; the ranges may overlap. */
  public static void copy(long fromAddress, long toAddress, long lengthBytes) {
    MemorySegment.copy(ALL, fromAddress, ALL, toAddress, lengthBytes);
  }

  /** Sets bytes to one value. */
  public static void fill(long address, long lengthBytes, byte value) {
    ALL.asSlice(address, lengthBytes).fill(value);
  }

  /** Copies bytes of an array out of the heap. */
  public static void put(long address, byte[] from, int index, int lengthBytes) {
    MemorySegment.copy(from, index, ALL, ValueLayout.JAVA_BYTE, address, lengthBytes);
  }

  /** Copies bytes into an array. */
  public static void get(long address, byte[] to, int index, int lengthBytes) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, to, index, lengthBytes);
  }
}
