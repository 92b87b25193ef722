package org.culebra.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SplitVirtqueueNotificationTest {
  private static final int QUEUE_SIZE = 8;
  private final GuestDriver flags = new GuestDriver(QUEUE_SIZE);
  private final GuestDriver events = new GuestDriver(QUEUE_SIZE, FeatureBits.EVENT_IDX);
  private final int[] heads = new int[QUEUE_SIZE];

  @AfterEach
  void close() {
    assertTrue(flags.isCanaryIntact());
    assertTrue(events.isCanaryIntact());
    flags.close();
    events.close();
  }

  @Test
  @Spec("virtio 1.3 §2.7.8")
  void shouldShowPushedBuffersOnlyWhenPublished() {
    SplitVirtqueue queue = flags.device();
    queue.push(5, 513);
    assertEquals(0, usedIdx(flags));
    assertEquals(1, queue.usedIdx());
    queue.publish();
    assertEquals(1, usedIdx(flags));
    long entry = flags.layout.usedRingAddress() + SplitRing.RING_ENTRIES;
    assertEquals(5, Memory.getInt(entry));
    assertEquals(513, Memory.getInt(entry + SplitRing.USED_ENTRY_LEN));
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  void shouldNotifyWhenTheDriversFlagsAreZero() {
    SplitVirtqueue queue = flags.device();
    queue.push(0, 0);
    assertTrue(queue.publish());
    queue.push(1, 0);
    assertTrue(queue.publish());
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  void shouldNotNotifyWhenTheDriverSetNoInterrupt() {
    SplitVirtqueue queue = flags.device();
    availFlags(flags, SplitRing.AVAIL_F_NO_INTERRUPT);
    queue.push(0, 0);
    assertFalse(queue.publish());
  }

  @Test
  void shouldNotNotifyWhenNothingWasPushed() {
    assertFalse(flags.device().publish());
    assertFalse(events.device().publish());
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  void shouldIgnoreFlagsWithEventIdx() {
    SplitVirtqueue queue = startedEvents();
    availFlags(events, SplitRing.AVAIL_F_NO_INTERRUPT);
    usedEvent(1);
    assertTrue(publish(queue, 1));
  }

  @Test // pitfall 31: what the driver was told before a start isn't known
  void shouldNotifyAtTheFirstPublishWhateverUsedEventSays() {
    SplitVirtqueue queue = events.device();
    usedEvent(40000);
    assertTrue(publish(queue, 1));
    assertFalse(publish(queue, 1));
  }

  @Test // pitfall 31: SET_VRING_CALL
  void shouldNotifyOnceMoreAfterTheSignalledIdxIsForgotten() {
    SplitVirtqueue queue = startedEvents();
    usedEvent(40000);
    queue.forgetSignalledUsed();
    assertTrue(publish(queue, 1));
    assertFalse(publish(queue, 1));
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  void shouldSuppressNotificationWhenUsedEventNotReached() {
    SplitVirtqueue queue = startedEvents();
    usedEvent(3);
    assertFalse(publish(queue, 1));
    assertFalse(publish(queue, 1));
    assertTrue(publish(queue, 1));
    assertFalse(publish(queue, 1));
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.2")
  void shouldNotifyWhenABatchPassesUsedEvent() {
    SplitVirtqueue queue = startedEvents();
    usedEvent(3);
    assertTrue(publish(queue, 5));
  }

  @Test // pitfall 30
  void shouldNotifyAcrossTheWrapOf16Bits() {
    Memory.putShort(events.layout.usedRingAddress() + SplitRing.RING_IDX, 65533);
    SplitVirtqueue queue = startedEvents();
    usedEvent(65535);
    assertFalse(publish(queue, 1));
    assertTrue(publish(queue, 2));
    assertEquals(0, Memory.getShort(events.layout.usedRingAddress() + SplitRing.RING_IDX) - 1);
    usedEvent(1);
    assertTrue(publish(queue, 1));
  }

  @Test
  @Spec("virtio 1.3 §2.7.10.2")
  void shouldSetNoNotifyWithoutEventIdxAndTakeItBack() {
    SplitVirtqueue queue = flags.device();
    queue.suppressAvailableNotifications();
    assertFalse(offer(flags, 1));
    assertFalse(queue.enableAvailableNotifications());
    assertTrue(offer(flags, 2));
  }

  @Test
  @Spec("virtio 1.3 §2.7.10.2")
  void shouldLeaveFlagsZeroWithEventIdx() {
    SplitVirtqueue queue = events.device();
    queue.suppressAvailableNotifications();
    queue.enableAvailableNotifications();
    queue.suppressAvailableNotifications();
    assertEquals(0, Memory.getShort(events.layout.usedRingAddress()));
  }

  @Test
  void shouldGetNoNotificationsOfTheNext65000BuffersWhenSuppressed() {
    SplitVirtqueue queue = events.device();
    queue.suppressAvailableNotifications();
    int notifications = 0;
    for (int i = 0; i < 65000; i++) {
      notifications += offer(events, i % QUEUE_SIZE) ? 1 : 0;
      assertEquals(1, queue.fetch(heads, QUEUE_SIZE));
    }
    assertEquals(0, notifications);
  }

  @Test // pitfall 30: the stall at 65535
  void shouldGetANotificationAtEveryIndexWhenEnabled() {
    SplitVirtqueue queue = events.device();
    for (int i = 0; i < 70000; i++) {
      assertTrue(queue.enableAvailableNotifications());
      assertTrue(offer(events, i % QUEUE_SIZE));
      assertFalse(offer(events, (i + 1) % QUEUE_SIZE));
      assertEquals(2, queue.fetch(heads, QUEUE_SIZE));
    }
  }

  @Test // pitfall 30: what came before the notifications were enabled would never be told
  void shouldSeeWhatBecameAvailableBeforeNotificationsWereEnabled() {
    SplitVirtqueue queue = events.device();
    queue.suppressAvailableNotifications();
    assertFalse(offer(events, 1));
    assertFalse(queue.enableAvailableNotifications());
    assertEquals(1, queue.fetch(heads, QUEUE_SIZE));
    assertTrue(queue.enableAvailableNotifications());
  }

  @Test
  void shouldCompareEventsModulo65536() {
    assertTrue(SplitRing.needEvent(65535, 0, 65535));
    assertFalse(SplitRing.needEvent(65535, 65535, 65530));
    assertTrue(SplitRing.needEvent(0, 1, 65530));
    assertFalse(SplitRing.needEvent(5, 5, 1));
    assertTrue(SplitRing.needEvent(4, 5, 4));
    assertFalse(SplitRing.needEvent(3, 5, 4));
  }

  /** Returns a device that has published once before, from the used idx where it stands on. */
  private SplitVirtqueue startedEvents() {
    SplitVirtqueue queue = events.device();
    publish(queue, 1);
    return queue;
  }

  private static boolean publish(SplitVirtqueue queue, int buffers) {
    for (int i = 0; i < buffers; i++) {
      queue.push(i, 0);
    }
    return queue.publish();
  }

  private static boolean offer(GuestDriver guest, int head) {
    guest.driver.offerHead(head);
    return guest.driver.publish();
  }

  private static int usedIdx(GuestDriver guest) {
    return Memory.getShort(guest.layout.usedRingAddress() + SplitRing.RING_IDX);
  }

  private static void availFlags(GuestDriver guest, int value) {
    Memory.putShort(guest.layout.availableRingAddress() + SplitRing.RING_FLAGS, value);
  }

  private void usedEvent(int idx) {
    long offset = SplitRing.usedEventOffset(QUEUE_SIZE);
    Memory.putShort(events.layout.availableRingAddress() + offset, idx);
  }
}
