package org.culebra.virtio.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.ChainBuffers;
import org.culebra.virtio.DescriptorChain;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.SplitRing;
import org.culebra.virtio.SplitVirtqueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Spec("virtio 1.3 §2.7.13")
class SplitDriverTest {
  private static final int QUEUE_SIZE = 8;
  private final GuestDriver guest =
      new GuestDriver(QUEUE_SIZE, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX);
  private final SplitDriver driver = guest.driver;
  private final SplitVirtqueue device = guest.device();
  private final ChainBuffers buffers = new ChainBuffers();
  private final int[] heads = new int[QUEUE_SIZE];
  private final long data = guest.allocate(4096);

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    buffers.close();
    guest.close();
  }

  @Test
  void shouldMakeAChainThatADeviceCanWalk() {
    int head = driver.begin();
    assertTrue(driver.addReadable(data, 16));
    assertTrue(driver.addWritable(data + 512, 512));
    assertTrue(driver.addWritable(data + 2048, 1));
    driver.offer();
    driver.publish();
    assertEquals(1, device.fetch(heads, QUEUE_SIZE));
    assertEquals(head, heads[0]);
    assertEquals(DescriptorChain.OK, walk(head));
    assertEquals(16, buffers.readable.lengthBytes());
    assertEquals(data, buffers.readable.address(0));
    assertEquals(513, buffers.writable.lengthBytes());
    assertEquals(QUEUE_SIZE - 3, driver.freeCount());
  }

  @Test
  void shouldMakeAnIndirectChainThatTakesOneDescriptor() {
    int head = driver.begin(guest.allocate(48), 3);
    assertTrue(driver.addReadable(data, 16));
    assertTrue(driver.addReadable(data + 64, 16));
    assertTrue(driver.addWritable(data + 2048, 1));
    assertFalse(driver.addWritable(data + 2050, 1));
    driver.offer();
    driver.publish();
    assertEquals(QUEUE_SIZE - 1, driver.freeCount());
    assertEquals(DescriptorChain.OK, walk(head));
    assertEquals(32, buffers.readable.lengthBytes());
    assertEquals(1, buffers.writable.lengthBytes());
  }

  @Test
  void shouldGiveDescriptorsBackWhenTheirBufferIsUsed() {
    for (int i = 0; i < 100_000; i++) {
      int length = 1 + i % 4;
      offer(length);
      driver.publish();
      assertEquals(1, device.fetch(heads, QUEUE_SIZE));
      assertEquals(DescriptorChain.OK, walk(heads[0]));
      assertEquals(length, buffers.readable.count());
      device.push(heads[0], i);
      device.publish();
      assertEquals(heads[0], driver.pollUsed());
      assertEquals(i, driver.usedBytes());
      assertEquals(QUEUE_SIZE, driver.freeCount());
    }
    assertEquals(SplitDriver.NONE, driver.pollUsed());
  }

  @Test
  void shouldGiveDescriptorsBackInAnyOrder() {
    int first = offer(3);
    int second = offer(2);
    int third = offer(3);
    driver.publish();
    assertEquals(SplitDriver.NONE, driver.begin());
    device.push(second, 0);
    device.push(third, 0);
    device.push(first, 0);
    device.publish();
    assertEquals(second, driver.pollUsed());
    assertEquals(2, driver.freeCount());
    assertEquals(third, driver.pollUsed());
    assertEquals(first, driver.pollUsed());
    assertEquals(QUEUE_SIZE, driver.freeCount());
    int all = offer(QUEUE_SIZE);
    assertEquals(DescriptorChain.OK, walk(all));
    assertEquals(QUEUE_SIZE, buffers.readable.count());
  }

  @Test
  void shouldRefuseABufferWhenNoDescriptorIsFreeAndCancel() {
    driver.begin();
    for (int i = 0; i < QUEUE_SIZE; i++) {
      assertTrue(driver.addReadable(data + i * 32L, 16));
    }
    assertFalse(driver.addReadable(data, 16));
    driver.cancel();
    assertEquals(QUEUE_SIZE, driver.freeCount());
    assertEquals(DescriptorChain.OK, walk(offer(QUEUE_SIZE)));
  }

  @Test
  void shouldTellAnIdThatIsNotInFlight() {
    int head = offer(1);
    driver.publish();
    device.push(head, 0);
    device.push(head, 0);
    device.publish();
    assertEquals(head, driver.pollUsed());
    assertEquals(SplitDriver.WRONG_ID, driver.pollUsed());
    long used = guest.layout.usedRingAddress();
    Memory.putInt(used + SplitRing.RING_ENTRIES + 2 * SplitRing.USED_ENTRY_BYTES, -5);
    Memory.putShort(used + SplitRing.RING_IDX, 3);
    assertEquals(SplitDriver.WRONG_ID, driver.pollUsed());
  }

  @Test
  @Spec("virtio 1.3 §2.7.10.1")
  void shouldNotifyOnlyWhenTheDeviceAsksForIt() {
    device.enableAvailableNotifications();
    offer(1);
    assertTrue(driver.publish());
    assertFalse(driver.publish());
    offer(1);
    assertFalse(driver.publish());
    device.fetch(heads, QUEUE_SIZE);
    device.suppressAvailableNotifications();
    offer(1);
    assertFalse(driver.publish());
  }

  @Test
  @Spec("virtio 1.3 §2.7.7.1")
  void shouldAskForOneNotificationAfterSeveralBuffers() {
    use(1);
    driver.pollUsed();
    assertTrue(driver.enableUsedNotifications(2));
    assertFalse(use(1));
    assertFalse(use(1));
    assertTrue(use(1));
    assertFalse(driver.enableUsedNotifications(2));
    assertTrue(driver.enableUsedNotifications(3));
  }

  @Test
  void shouldGetNoNotificationsWhenSuppressed() {
    use(1);
    driver.pollUsed();
    driver.suppressUsedNotifications();
    assertFalse(use(3));
    assertFalse(driver.enableUsedNotifications());
  }

  @Test
  void shouldLayRingsOutAlignedAndApart() {
    for (int queueSize = 1; queueSize <= SplitRing.QUEUE_SIZE_MAX; queueSize *= 2) {
      SplitRingLayout layout = SplitRingLayout.contiguous(0x10_0000, queueSize);
      long availableEnd =
          layout.availableRingAddress() + SplitRing.availableRingBytes(queueSize, true);
      assertEquals(0x10_0000 + 16L * queueSize, layout.availableRingAddress());
      assertEquals(0, layout.usedRingAddress() % 64);
      assertTrue(layout.usedRingAddress() >= availableEnd);
      long end = layout.usedRingAddress() + SplitRing.usedRingBytes(queueSize, true);
      assertTrue(end <= 0x10_0000 + SplitRingLayout.sizeBytes(queueSize));
    }
  }

  private int offer(int readables) {
    int head = driver.begin();
    for (int i = 0; i < readables; i++) {
      assertTrue(driver.addReadable(data + i * 32L, 16));
    }
    driver.offer();
    return head;
  }

  /** Offers and uses buffers; returns whether the device notifies of them. */
  private boolean use(int buffers) {
    for (int i = 0; i < buffers; i++) {
      device.push(offer(1), 0);
    }
    driver.publish();
    device.fetch(heads, QUEUE_SIZE);
    return device.publish();
  }

  private int walk(int head) {
    return DescriptorChain.walk(device, head, guest.memory, buffers);
  }
}
