package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NativeBufferTest {
  @Test
  void shouldBeZeroedAndAligned() {
    // twice of the same size, so that the second likely gets what the first gave back
    try (NativeBuffer dirty = NativeBuffer.allocate(8192, 4096)) {
      Memory.fill(dirty.address(), 8192, (byte) 0xff);
    }
    try (NativeBuffer buffer = NativeBuffer.allocate(8192, 4096)) {
      assertEquals(8192, buffer.sizeBytes());
      assertEquals(0, buffer.address() % 4096);
      assertEquals(0, Memory.getLong(buffer.address()));
      assertEquals(0, Memory.getLong(buffer.address() + 8184));
    }
  }

  @Test
  void shouldTakeAnAlignmentBelowThatOfAPointer() {
    try (NativeBuffer buffer = NativeBuffer.allocate(1, 1)) {
      Memory.putByte(buffer.address(), (byte) 1);
      assertEquals(1, Memory.getByte(buffer.address()));
    }
  }

  @Test
  void shouldHaveNoAddressWhenClosed() {
    NativeBuffer buffer = NativeBuffer.allocate(16, 16);
    buffer.close();
    buffer.close();
    assertThrows(AssertionError.class, buffer::address);
  }

  @Test
  void shouldSayWhatItCouldNotAllocate() {
    OutOfMemoryError e =
        assertThrows(OutOfMemoryError.class, () -> NativeBuffer.allocate(1L << 60, 8));
    assertEquals("allocate 1152921504606846976 bytes: ENOMEM", e.getMessage());
  }
}
