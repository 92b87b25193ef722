package org.culebra.virtio.blk;

import static org.culebra.virtio.GuestDriver.Desc.readable;
import static org.culebra.virtio.GuestDriver.Desc.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** Discard and write zeroes: pitfalls 26, 33 and 35. */
@Spec("virtio 1.3 §5.2.6")
class BlkSegmentsTest {
  private static final long HEADER = GuestDriver.LOW + 0x4_0000;
  private static final long STATUS = HEADER + 0x4000;
  private static final long CAPACITY = 10_000;
  private static final int SECTORS_MAX = 2048;
  private static final int SEGMENTS_MAX = 6;
  private static final int UNMAP = RequestSlot.SEGMENT_UNMAP;
  private final GuestDriver guest = new GuestDriver(16);
  private final SplitVirtqueue queue = guest.device();
  private final RequestSlot slot = new RequestSlot(0);
  private BlkLimits limits = limits(false, BlkFeatures.DISCARD, BlkFeatures.WRITE_ZEROES);

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    slot.inflight = false;
    slot.close();
    guest.close();
  }

  @Test
  void shouldDecodeADiscardOfSeveralSegments() {
    segment(0, 100, 8, 0);
    segment(1, 9_999, 1, 0);
    segment(2, 0, SECTORS_MAX, 0);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(BlkRequestType.DISCARD, 3));
    assertEquals(3, slot.segmentCount);
    assertSegment(0, 100, 8, 0);
    assertSegment(1, 9_999, 1, 0);
    assertSegment(2, 0, SECTORS_MAX, 0);
    assertEquals(48, slot.dataBytes);
  }

  @Test // pitfall 35: Linux sets UNMAP in write zeroes
  void shouldDecodeAWriteZeroesWithAndWithoutUnmap() {
    segment(0, 100, 8, UNMAP);
    segment(1, 200, 8, 0);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(BlkRequestType.WRITE_ZEROES, 2));
    assertSegment(0, 100, 8, UNMAP);
    assertSegment(1, 200, 8, 0);
  }

  @Test // pitfall 35
  @Spec("virtio 1.3 §5.2.6.2")
  void shouldNotSupportUnmapInADiscard() {
    segment(0, 100, 8, UNMAP);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.DISCARD, 1));
  }

  @Test // pitfall 35
  @Spec("virtio 1.3 §5.2.6.2")
  void shouldNotSupportUnknownFlags() {
    segment(0, 100, 8, 2);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.DISCARD, 1));
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.WRITE_ZEROES, 1));
    segment(0, 100, 8, 1 << 31 | UNMAP);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.WRITE_ZEROES, 1));
  }

  @Test
  @Spec("virtio 1.3 §5.2.6.2")
  void shouldPreferUnsupportedToOutOfRange() {
    segment(0, CAPACITY, 8, 0);
    segment(1, 100, 8, 2);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.WRITE_ZEROES, 2));
  }

  @Test // pitfall 33
  void shouldRefuseASegmentOutOfRange() {
    segment(0, 100, 8, 0);
    for (long sector : new long[] {CAPACITY - 7, CAPACITY, -1, -8, Long.MAX_VALUE, 1L << 55}) {
      segment(1, sector, 8, 0);
      assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.DISCARD, 2));
    }
  }

  @Test
  void shouldRefuseASegmentLongerThanTheLimit() {
    segment(0, 0, SECTORS_MAX + 1, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.DISCARD, 1));
    segment(0, 0, -1, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.WRITE_ZEROES, 1));
  }

  @Test
  void shouldTakeAsManySegmentsAsTheLimitAndRefuseMore() {
    for (int i = 0; i <= SEGMENTS_MAX; i++) {
      segment(i, i, 1, 0);
    }
    assertEquals(BlkRequestDecoder.EXECUTE, decode(BlkRequestType.DISCARD, SEGMENTS_MAX));
    assertEquals(
        BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.DISCARD, SEGMENTS_MAX + 1));
  }

  @Test
  void shouldTake256Segments() {
    limits =
        new BlkLimits(
            CAPACITY,
            false,
            FeatureBits.mask(BlkFeatures.DISCARD),
            new BlkLimits.Segments(SECTORS_MAX, RequestSlot.SEGMENTS_MAX),
            new BlkLimits.Segments(0, 0));
    for (int i = 0; i < RequestSlot.SEGMENTS_MAX; i++) {
      segment(i, i * 3L, 2, 0);
    }
    assertEquals(BlkRequestDecoder.EXECUTE, decode(BlkRequestType.DISCARD, 256));
    assertEquals(256, slot.segmentCount);
    assertSegment(255, 255 * 3, 2, 0);
  }

  @Test
  void shouldRefuseDataThatIsNoMultipleOf16() {
    segment(0, 0, 1, 0);
    assertEquals(
        BlkRequestDecoder.COMPLETE_IOERR,
        decodeChain(BlkRequestType.DISCARD, readable(HEADER, 16 + 15), writable(STATUS, 1)));
    assertEquals(
        BlkRequestDecoder.COMPLETE_IOERR,
        decodeChain(BlkRequestType.DISCARD, readable(HEADER, 16 + 17), writable(STATUS, 1)));
  }

  @Test
  void shouldRefuseARequestWithoutSegments() {
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.DISCARD, 0));
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.WRITE_ZEROES, 0));
  }

  @Test
  void shouldLeaveOutSegmentsOfNoSectors() {
    segment(0, 100, 0, 0);
    segment(1, 200, 4, 0);
    assertEquals(BlkRequestDecoder.EXECUTE, decode(BlkRequestType.DISCARD, 2));
    assertEquals(1, slot.segmentCount);
    assertSegment(0, 200, 4, 0);
    assertEquals(BlkRequestDecoder.COMPLETE_OK, decode(BlkRequestType.DISCARD, 1));
  }

  @Test
  void shouldNotSupportWhatWasNotNegotiated() {
    segment(0, 100, 8, 0);
    limits = limits(false, BlkFeatures.WRITE_ZEROES);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.DISCARD, 1));
    limits = limits(false, BlkFeatures.DISCARD);
    assertEquals(BlkRequestDecoder.COMPLETE_UNSUPP, decode(BlkRequestType.WRITE_ZEROES, 1));
  }

  @Test
  void shouldRefuseToChangeAReadOnlyDevice() {
    segment(0, 100, 8, 0);
    limits = limits(true, BlkFeatures.DISCARD, BlkFeatures.WRITE_ZEROES);
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.DISCARD, 1));
    assertEquals(BlkRequestDecoder.COMPLETE_IOERR, decode(BlkRequestType.WRITE_ZEROES, 1));
  }

  @Test // pitfall 33
  @Spec("virtio 1.3 §2.7.4.1")
  void shouldReadSegmentsHoweverTheyAreSplit() {
    segment(0, 0x0123, 0x456, 0);
    segment(1, 0x1122, 0x33, UNMAP);
    long apart = HEADER + 0x2000;
    Memory.copy(guest.host(HEADER) + 21, guest.host(apart), 27);
    assertEquals(
        BlkRequestDecoder.EXECUTE,
        decodeChain(
            BlkRequestType.WRITE_ZEROES,
            readable(HEADER, 21),
            readable(apart, 2),
            readable(apart + 2, 0),
            readable(apart + 2, 25),
            writable(STATUS, 1)));
    assertSegment(0, 0x0123, 0x456, 0);
    assertSegment(1, 0x1122, 0x33, UNMAP);
  }

  @Test // pitfall 26
  void shouldKeepItsOwnCopyOfSegments() {
    segment(0, 100, 8, 0);
    decode(BlkRequestType.DISCARD, 1);
    segment(0, 5_000, 2000, UNMAP);
    assertSegment(0, 100, 8, 0);
  }

  private int decode(int type, int segments) {
    return decodeChain(
        type, readable(HEADER, 16), readable(HEADER + 16, segments * 16L), writable(STATUS, 1));
  }

  private int decodeChain(int type, Desc... chain) {
    Memory.putInt(guest.host(HEADER), type);
    slot.inflight = false;
    guest.offerChain(chain);
    slot.begin(guest.memory, 0);
    assertEquals(DescriptorChain.OK, DescriptorChain.walk(queue, 0, guest.memory, slot.buffers));
    return BlkRequestDecoder.decode(slot, limits);
  }

  private void segment(int index, long sector, int sectors, int flags) {
    long address = guest.host(HEADER) + 16 + index * 16L;
    Memory.putLong(address, sector);
    Memory.putInt(address + 8, sectors);
    Memory.putInt(address + 12, flags);
  }

  private void assertSegment(int index, long sector, long sectors, int flags) {
    assertEquals(sector, slot.segmentSector[index]);
    assertEquals(sectors, slot.segmentSectors[index]);
    assertEquals(flags, slot.segmentFlags[index]);
  }

  private static BlkLimits limits(boolean isReadOnly, int... featureBits) {
    long features = 0;
    for (int bit : featureBits) {
      features |= FeatureBits.mask(bit);
    }
    BlkLimits.Segments segments = new BlkLimits.Segments(SECTORS_MAX, SEGMENTS_MAX);
    return new BlkLimits(CAPACITY, isReadOnly, features, segments, segments);
  }
}
