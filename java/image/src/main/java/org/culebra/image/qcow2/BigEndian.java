package org.culebra.image.qcow2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.culebra.linux.Memory;

/** Numbers as qcow2 stores them: big-endian, in memory by address and in arrays. */
final class BigEndian {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private BigEndian() {}

  static long getLong(long address) {
    return Long.reverseBytes(Memory.getLong(address));
  }

  static void putLong(long address, long value) {
    Memory.putLong(address, Long.reverseBytes(value));
  }

  static long getInt(long address) {
    return Integer.reverseBytes(Memory.getInt(address)) & 0xffff_ffffL;
  }

  static void putInt(long address, long value) {
    Memory.putInt(address, Integer.reverseBytes((int) value));
  }

  static int getShort(long address) {
    return Short.reverseBytes((short) Memory.getShort(address)) & 0xffff;
  }

  static void putShort(long address, int value) {
    Memory.putShort(address, Short.reverseBytes((short) value));
  }

  static long getLong(byte[] bytes, int index) {
    return (long) LONGS.get(bytes, index);
  }

  static void putLong(byte[] bytes, int index, long value) {
    LONGS.set(bytes, index, value);
  }

  /** Returns 32 bits as an unsigned number. */
  static long getInt(byte[] bytes, int index) {
    return (int) INTS.get(bytes, index) & 0xffff_ffffL;
  }

  static void putInt(byte[] bytes, int index, long value) {
    INTS.set(bytes, index, (int) value);
  }

  /** Returns 16 bits as an unsigned number. */
  static int getShort(byte[] bytes, int index) {
    return (short) SHORTS.get(bytes, index) & 0xffff;
  }
}
