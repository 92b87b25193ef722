package org.culebra.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Spec("virtio 1.3 §2.7.6")
class SplitVirtqueueFetchTest {
  private static final int QUEUE_SIZE = 8;
  private final GuestDriver guest = new GuestDriver(QUEUE_SIZE);
  private final int[] heads = new int[64];

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    guest.close();
  }

  @Test
  void shouldFetchHeadsInTheOrderTheyWereOffered() {
    SplitVirtqueue queue = guest.device();
    offer(5, 0, 7);
    assertEquals(3, queue.fetch(heads, 64));
    assertArrayEquals(new int[] {5, 0, 7}, Arrays.copyOf(heads, 3));
    assertEquals(3, queue.lastAvailIdx());
    assertEquals(0, queue.fetch(heads, 64));
  }

  @Test
  void shouldNotFetchWhatIsNotPublished() {
    SplitVirtqueue queue = guest.device();
    guest.driver.offerHead(1);
    assertEquals(0, queue.fetch(heads, 64));
    guest.driver.publish();
    assertEquals(1, queue.fetch(heads, 64));
  }

  @Test
  void shouldFetchNoMoreThanAskedForAndTheRestLater() {
    SplitVirtqueue queue = guest.device();
    offer(0, 1, 2, 3, 4);
    assertEquals(2, queue.fetch(heads, 2));
    assertEquals(3, queue.fetch(heads, 64));
    assertArrayEquals(new int[] {2, 3, 4}, Arrays.copyOf(heads, 3));
  }

  @Test
  void shouldTakeAFullQueue() {
    SplitVirtqueue queue = guest.device();
    offer(0, 1, 2, 3, 4, 5, 6, 7);
    assertEquals(QUEUE_SIZE, queue.fetch(heads, 64));
  }

  @Test
  void shouldFetchAcrossTheWrapOf16Bits() {
    availIdx(1);
    Memory.putShort(availableEntry(65535 % QUEUE_SIZE), 6);
    Memory.putShort(availableEntry(0), 3);
    SplitVirtqueue queue = guest.device(65535);
    assertEquals(2, queue.fetch(heads, 64));
    assertArrayEquals(new int[] {6, 3}, Arrays.copyOf(heads, 2));
    assertEquals(1, queue.lastAvailIdx());
  }

  @Test // pitfall 27
  void shouldBreakWhenAvailIdxJumpsByMoreThanTheQueueSize() {
    SplitVirtqueue queue = guest.device(3);
    availIdx(3 + QUEUE_SIZE + 1);
    assertEquals(SplitVirtqueue.BROKEN, queue.fetch(heads, 64));
    assertTrue(queue.isBroken());
    assertEquals(
        "queue 2: avail idx 12, last avail idx 3: jumped by more than queue size 8",
        queue.brokenReason());
  }

  @Test
  @Spec("virtio 1.3 §2.7.6.1")
  void shouldBreakWhenAvailIdxGoesBack() {
    SplitVirtqueue queue = guest.device(3);
    availIdx(2);
    assertEquals(SplitVirtqueue.BROKEN, queue.fetch(heads, 64));
  }

  @Test // pitfall 28
  void shouldBreakAtAHeadThatIsNotBelowTheQueueSize() {
    SplitVirtqueue queue = guest.device();
    offer(QUEUE_SIZE);
    assertEquals(SplitVirtqueue.BROKEN, queue.fetch(heads, 64));
    assertEquals("queue 2 avail idx 0: head 8: not below queue size 8", queue.brokenReason());
  }

  @Test
  void shouldFetchTheHeadsBeforeAWrongOneFirst() {
    SplitVirtqueue queue = guest.device();
    offer(4, 2, 65535, 1);
    assertEquals(2, queue.fetch(heads, 64));
    assertFalse(queue.isBroken());
    assertEquals(SplitVirtqueue.BROKEN, queue.fetch(heads, 64));
  }

  @Test
  void shouldStayBrokenForTheFirstReason() {
    SplitVirtqueue queue = guest.device();
    assertNull(queue.brokenReason());
    queue.markBroken("head 4: in flight twice");
    queue.markBroken("later");
    offer(1);
    assertEquals(SplitVirtqueue.BROKEN, queue.fetch(heads, 64));
    assertEquals("head 4: in flight twice", queue.brokenReason());
    assertTrue(queue.enableAvailableNotifications());
  }

  @Test // pitfall 5
  void shouldReadTheUsedIdxOfGuestMemoryWhenMade() {
    Memory.putShort(guest.layout.usedRingAddress() + SplitRing.RING_IDX, 65534);
    SplitVirtqueue queue = guest.device(7);
    assertEquals(65534, queue.usedIdx());
    assertEquals(7, queue.lastAvailIdx());
  }

  @Test
  void shouldWriteNothingWhenMade() {
    long used = guest.layout.usedRingAddress();
    int length = (int) SplitVirtqueue.usedRingBytes(QUEUE_SIZE, true);
    byte[] before = new byte[length];
    Arrays.fill(before, (byte) 0x5a);
    Memory.put(used, before, 0, length);
    guest.device();
    byte[] after = new byte[length];
    Memory.get(used, after, 0, length);
    assertArrayEquals(before, after);
  }

  @Test
  void shouldRejectAQueueSizeThatIsNoPowerOfTwo() {
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SplitVirtqueue(1, 100, 0x1000, 0x2000, 0x3000, 0, 0));
    assertEquals("queue 1 size 100: must be a power of two up to 32768", thrown.getMessage());
    assertFalse(SplitRing.isQueueSize(0));
    assertFalse(SplitRing.isQueueSize(65536));
    assertTrue(SplitRing.isQueueSize(1));
    assertTrue(SplitRing.isQueueSize(32768));
  }

  @Test
  @Spec("virtio 1.3 §2.7.1")
  void shouldRejectMisalignedRings() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SplitVirtqueue(1, 8, 0x1001, 0x2000, 0x3000, 0, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new SplitVirtqueue(1, 8, 0x1000, 0x2001, 0x3000, 0, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new SplitVirtqueue(1, 8, 0x1000, 0x2000, 0x3003, 0, 0));
  }

  @Test
  @Spec("virtio 1.3 §2.7")
  void shouldHaveTheSizesOfTheSpecification() {
    assertEquals(16 * 256, SplitVirtqueue.descriptorTableBytes(256));
    assertEquals(6 + 2 * 256, SplitVirtqueue.availableRingBytes(256, true));
    assertEquals(4 + 2 * 256, SplitVirtqueue.availableRingBytes(256, false));
    assertEquals(6 + 8 * 256, SplitVirtqueue.usedRingBytes(256, true));
    assertEquals(4 + 8 * 256, SplitVirtqueue.usedRingBytes(256, false));
  }

  private void offer(int... offered) {
    for (int head : offered) {
      guest.driver.offerHead(head);
    }
    guest.driver.publish();
  }

  private void availIdx(int idx) {
    Memory.putShort(guest.layout.availableRingAddress() + SplitRing.RING_IDX, idx);
  }

  private long availableEntry(int index) {
    return guest.layout.availableRingAddress() + SplitRing.RING_ENTRIES + index * 2L;
  }
}
