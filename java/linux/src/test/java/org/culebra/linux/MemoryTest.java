package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private NativeBuffer buffer;
  private long address;

  @BeforeEach
  void open() {
    buffer = NativeBuffer.allocate(256, 64);
    address = buffer.address();
  }

  @AfterEach
  void close() {
    buffer.close();
  }

  @Test
  void shouldAllocateZeroedAlignedMemory() {
    long allocated = Memory.allocate(8192, 4096);
    assertEquals(0, allocated % 4096);
    assertEquals(0, Memory.getLong(allocated));
    assertEquals(0, Memory.getLong(allocated + 8184));
  }

  @Test
  void shouldStoreValuesLittleEndianAtAnyAlignment() {
    Memory.putLong(address + 1, 0x8877_6655_4433_2211L);
    assertEquals(0x11, Memory.getByte(address + 1));
    assertEquals((byte) 0x88, Memory.getByte(address + 8));
    assertEquals(0x2211, Memory.getShort(address + 1));
    assertEquals(0x5544_3322, Memory.getInt(address + 2));
    assertEquals(0x8877_6655_4433_2211L, Memory.getLong(address + 1));
    Memory.putInt(address + 1, 0xa1a2_a3a4);
    Memory.putShort(address + 5, 0xb1b2);
    assertEquals(0x8877_b1b2_a1a2_a3a4L, Memory.getLong(address + 1));
  }

  @Test
  void shouldReadShortsUnsigned() {
    Memory.putShort(address, 0xffff);
    assertEquals(0xffff, Memory.getShort(address));
    assertEquals(0xffff, Memory.getShortAcquire(address));
    assertEquals(0xffff, Memory.getShortOpaque(address));
  }

  @Test
  void shouldStoreTheSameInAllOrders() {
    Memory.putShortRelease(address, 0x1234);
    Memory.putShortOpaque(address + 2, 0x5678);
    Memory.putIntRelease(address + 4, 0x9abc_def0);
    Memory.putLongRelease(address + 8, 0x0fed_cba9_8765_4321L);
    assertEquals(0x1234, Memory.getShort(address));
    assertEquals(0x5678, Memory.getShort(address + 2));
    assertEquals(0x9abc_def0, Memory.getIntAcquire(address + 4));
    assertEquals(0x0fed_cba9_8765_4321L, Memory.getLongAcquire(address + 8));
  }

  @Test
  void shouldRefuseAnOrderedAccessThatIsNotAligned() {
    // such an access could be torn: who may be given the address checks it before
    assertThrows(IllegalArgumentException.class, () -> Memory.getShortAcquire(address + 1));
    assertThrows(IllegalArgumentException.class, () -> Memory.putIntRelease(address + 2, 0));
  }

  @Test
  void shouldCopyRangesThatOverlap() {
    byte[] bytes = {1, 2, 3, 4, 5};
    Memory.put(address, bytes, 0, 5);
    Memory.copy(address, address + 2, 5);
    byte[] moved = new byte[7];
    Memory.get(address, moved, 0, 7);
    assertArrayEquals(new byte[] {1, 2, 1, 2, 3, 4, 5}, moved);
  }

  @Test
  void shouldMovePartsOfArrays() {
    Memory.put(address, new byte[] {9, 8, 7, 6}, 1, 2);
    byte[] bytes = new byte[4];
    Memory.get(address, bytes, 2, 2);
    assertArrayEquals(new byte[] {0, 0, 8, 7}, bytes);
  }

  @Test
  void shouldFillNoMoreThanAsked() {
    Memory.fill(address + 1, 3, (byte) 0xee);
    assertEquals(0, Memory.getByte(address));
    assertEquals((byte) 0xee, Memory.getByte(address + 1));
    assertEquals((byte) 0xee, Memory.getByte(address + 3));
    assertEquals(0, Memory.getByte(address + 4));
  }

  @Test
  void shouldShowMemoryAsABoundedSegment() {
    Memory.putByte(address + 3, (byte) 42);
    var segment = Memory.segment(address, 4);
    assertEquals(42, segment.get(ValueLayout.JAVA_BYTE, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 4));
  }

  @Test
  void shouldAllocateNothingOnTheHeapWhenWarm() {
    Allocation.assertNone(100_000, this::touch);
  }

  private void touch() {
    Memory.putShortRelease(address, Memory.getShortAcquire(address) + 1);
    Memory.putLong(address + 8, Memory.getLong(address + 8) + 1);
    Memory.copy(address, address + 64, 64);
  }
}
