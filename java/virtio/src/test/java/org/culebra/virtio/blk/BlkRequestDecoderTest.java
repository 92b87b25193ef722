package org.culebra.virtio.blk;

import static org.culebra.virtio.GuestDriver.Desc.readable;
import static org.culebra.virtio.GuestDriver.Desc.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.DescriptorChain;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.GuestDriver.Desc;
import org.culebra.virtio.SplitVirtqueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Spec("virtio 1.3 §5.2.6")
class BlkRequestDecoderTest {
  private static final long HEADER = GuestDriver.LOW + 0x4_0000;
  private static final long DATA = HEADER + 0x1000;
  private static final long STATUS = HEADER + 0x800;
  private static final long CAPACITY = 1000;
  private static final int BARRIER = 1 << 31;
  private final GuestDriver guest = new GuestDriver(16);
  private final SplitVirtqueue queue = guest.device();
  private final RequestSlot slot = new RequestSlot(0);
  private BlkLimits limits = limits(CAPACITY, false);

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    slot.inflight = false;
    slot.close();
    guest.close();
  }

  @Test
  void shouldDecodeARead() {
    header(BlkRequestType.IN, 7);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 1024), status()));
    assertEquals(BlkRequestType.IN, slot.type);
    assertEquals(7, slot.sector);
    assertEquals(1024, slot.dataBytes);
    assertSame(slot.buffers.writable, slot.data);
    assertEquals(guest.host(DATA), slot.data.address(0));
    assertEquals(guest.host(STATUS), slot.statusAddress);
  }

  @Test
  void shouldDecodeAWrite() {
    header(BlkRequestType.OUT, 998);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), readable(DATA, 1024), status()));
    assertSame(slot.buffers.readable, slot.data);
    assertEquals(guest.host(DATA), slot.data.address(0));
    assertEquals(1024, slot.data.lengthBytes());
  }

  @Test // pitfall 33
  @Spec("virtio 1.3 §2.7.4.1")
  void shouldFindTheHeaderHoweverItIsSplit() {
    long sector = 0x0000_0000_0000_0102L;
    header(BlkRequestType.OUT, sector);
    for (int first = 0; first <= 16; first++) {
      for (int second = first; second <= 16; second++) {
        // Spread over memory, so that the pieces cannot be taken for one.
        long middle = spread(HEADER, first, second, 0x100);
        long end = spread(HEADER, second, 16, 0x200);
        int decision =
            decode(
                readable(HEADER, first),
                readable(middle, second - first),
                readable(end, 16 - second),
                readable(DATA, 512),
                status());
        assertEquals(BlkRequestDecoder.EXECUTE, decision);
        assertEquals(BlkRequestType.OUT, slot.type);
        assertEquals(sector, slot.sector);
        assertEquals(512, slot.data.lengthBytes());
      }
    }
  }

  @Test
  @Spec("virtio 1.3 §2.7.4.1")
  void shouldTakeHeaderAndDataOfOneDescriptor() {
    header(BlkRequestType.OUT, 3);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(readable(HEADER, 16 + 512), status()));
    assertEquals(512, slot.dataBytes);
    assertEquals(guest.host(HEADER) + 16, slot.data.address(0));
  }

  @Test // pitfall 33
  void shouldFindTheStatusByteAtTheEndOfADataDescriptor() {
    header(BlkRequestType.IN, 3);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 513)));
    assertEquals(512, slot.dataBytes);
    assertEquals(guest.host(DATA) + 512, slot.statusAddress);
  }

  @Test // pitfall 33
  void shouldFindTheStatusByteBeforeDescriptorsOfLengthZero() {
    header(BlkRequestType.IN, 3);
    int decision = decode(head(), writable(DATA, 512), status(), writable(DATA + 0x800, 0));
    assertEquals(BlkRequestDecoder.EXECUTE, decision);
    assertEquals(guest.host(STATUS), slot.statusAddress);
  }

  @Test // pitfall 32
  void shouldTellThatThereIsNoStatusByteAndLeaveNothingWritten() {
    header(BlkRequestType.OUT, 3);
    assertEquals(BlkRequestDecoder.BROKEN_NO_STATUS, decode(head(), readable(DATA, 512)));
    slot.complete(BlkStatus.IOERR);
    assertEquals(0, slot.writtenBytes);
  }

  @Test // pitfall 32
  void shouldCompleteAHeaderThatIsTooShort() {
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(readable(HEADER, 15), status()));
    slot.complete(BlkStatus.IOERR);
    assertEquals(1, slot.writtenBytes);
    assertEquals(BlkStatus.IOERR, Memory.getByte(guest.host(STATUS)));
  }

  @Test // pitfall 33
  void shouldRefuseDataThatIsNoMultipleOf512() {
    header(BlkRequestType.IN, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), writable(DATA, 511), status()));
    header(BlkRequestType.OUT, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), readable(DATA, 513), status()));
  }

  @Test // pitfall 35
  void shouldCountSectorsOf512WhateverTheBlockSize() {
    header(BlkRequestType.IN, 1);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 512), status()));
  }

  @Test
  void shouldTakeTheLastSectorAndRefuseTheOneAfter() {
    header(BlkRequestType.IN, CAPACITY - 1);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 512), status()));
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), writable(DATA, 1024), status()));
    header(BlkRequestType.IN, CAPACITY);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), writable(DATA, 512), status()));
  }

  @Test // pitfall 33
  void shouldRefuseSectorsThatOverflow() {
    for (long sector : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 55, -CAPACITY}) {
      header(BlkRequestType.IN, sector);
      assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), writable(DATA, 512), status()));
    }
  }

  @Test // pitfall 33
  void shouldCompleteReadsAndWritesOfNothing() {
    header(BlkRequestType.IN, CAPACITY);
    assertEquals(BlkRequestDecoder.COMPLETE_OK, decode(head(), status()));
    header(BlkRequestType.OUT, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_OK, decode(head(), status()));
    header(BlkRequestType.IN, CAPACITY + 1);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), status()));
  }

  @Test
  @Spec("virtio 1.3 §5.2.6.2")
  void shouldRefuseWritesToAReadOnlyDevice() {
    limits = limits(CAPACITY, true);
    header(BlkRequestType.OUT, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), readable(DATA, 512), status()));
    header(BlkRequestType.IN, 0);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 512), status()));
  }

  @Test // pitfall 33: SPDK refused it
  void shouldFlushWhateverSectorAndDataSay() {
    header(BlkRequestType.FLUSH, 12345);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), readable(DATA, 100), status()));
    assertEquals(BlkRequestType.FLUSH, slot.type);
    assertEquals(0, slot.dataBytes);
    assertNull(slot.data);
  }

  @Test
  @Spec("virtio 1.3 §5.2.6.3")
  void shouldTakeFlushOutForFlush() {
    header(BlkRequestType.FLUSH_OUT, 0);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), status()));
    assertEquals(BlkRequestType.FLUSH, slot.type);
  }

  @Test // pitfall 33
  void shouldGiveTheIdToABufferOfAnyLength() {
    for (int length : new int[] {0, 1, 20, 21, 512}) {
      header(BlkRequestType.GET_ID, 99);
      assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, length), status()));
      assertEquals(length, slot.dataBytes);
      assertEquals(length, slot.data.lengthBytes());
    }
  }

  @Test // pitfall 33: the type with the bit of legacy barriers
  void shouldNotSupportBarriers() {
    header(BlkRequestType.OUT | BARRIER, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(head(), readable(DATA, 512), status()));
  }

  @Test
  @Spec("virtio 1.3 §5.2.6.2")
  void shouldNotSupportUnknownAndZonedTypes() {
    for (int type : new int[] {2, 3, 6, 7, 9, 10, 12, 14, 15, 16, 18, 20, 22, 24, 26, -1}) {
      header(type, 0);
      assertEquals(
          BlkRequestDecoder.COMPLETE_UNSUPP, decode(head(), writable(DATA, 512), status()));
    }
  }

  @Test // pitfall 26
  void shouldKeepWhatItReadWhenTheGuestRewritesTheHeader() {
    header(BlkRequestType.IN, 5);
    decode(head(), writable(DATA, 512), status());
    header(BlkRequestType.OUT, 999_999);
    assertEquals(BlkRequestType.IN, slot.type);
    assertEquals(5, slot.sector);
  }

  @Test
  @Spec("virtio 1.3 §2.7.8.2")
  void shouldCountWrittenBytesFromTheFirstWritableOne() {
    header(BlkRequestType.IN, 0);
    decode(head(), writable(DATA, 1024), status());
    slot.complete(BlkStatus.OK);
    assertEquals(1025, slot.writtenBytes);
    decode(head(), writable(DATA, 1024), status());
    slot.complete(BlkStatus.IOERR);
    assertEquals(0, slot.writtenBytes);
    header(BlkRequestType.OUT, 0);
    decode(head(), readable(DATA, 1024), status());
    slot.complete(BlkStatus.OK);
    assertEquals(1, slot.writtenBytes);
    decode(head(), readable(DATA, 1024), writable(DATA + 0x800, 16), status());
    slot.complete(BlkStatus.OK);
    assertEquals(0, slot.writtenBytes);
  }

  @Test
  void shouldCountGenerationsAndPinMemoryOnlyInFlight() {
    header(BlkRequestType.IN, 0);
    int before = slot.generation;
    decode(head(), writable(DATA, 512), status());
    assertEquals(before + 1, slot.generation);
    assertTrue(slot.inflight);
    assertSame(guest.memory, slot.memory);
    slot.complete(BlkStatus.OK);
    assertFalse(slot.inflight);
    assertNull(slot.memory);
  }

  @Test // pitfalls 33, 35: the capacity of a shrunken device counts
  void shouldCheckAgainstTheLimitsItIsGiven() {
    header(BlkRequestType.IN, 500);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(head(), writable(DATA, 512), status()));
    limits = limits(500, false);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(head(), writable(DATA, 512), status()));
  }

  private int decode(Desc... chain) {
    slot.inflight = false;
    guest.offerChain(chain);
    slot.begin(guest.memory, 0);
    assertEquals(DescriptorChain.OK, DescriptorChain.walk(queue, 0, guest.memory, slot.buffers));
    return BlkRequestDecoder.decode(slot, limits);
  }

  private void header(int type, long sector) {
    long address = guest.host(HEADER);
    Memory.putInt(address, type);
    Memory.putInt(address + 4, 0x5555_5555);
    Memory.putLong(address + 8, sector);
  }

  private long spread(long from, int begin, int end, int offset) {
    long to = from + offset;
    Memory.copy(guest.host(from + begin), guest.host(to), end - begin);
    return to;
  }

  private static Desc head() {
    return readable(HEADER, 16);
  }

  private static Desc status() {
    return writable(STATUS, 1);
  }

  private static BlkLimits limits(long capacitySectors, boolean isReadOnly) {
    BlkLimits.Segments none = new BlkLimits.Segments(0, 0);
    return new BlkLimits(
        capacitySectors, isReadOnly, FeatureBits.mask(FeatureBits.VERSION_1), none, none);
  }
}
