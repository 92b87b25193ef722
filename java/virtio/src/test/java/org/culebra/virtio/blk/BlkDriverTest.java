package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.SplitDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of a driver of ours, on a device of ours. */
class BlkDriverTest {
  private static final int QUEUE_SIZE = 8;
  private static final int DISK_SECTORS = 16;
  private final GuestDriver guest = new GuestDriver(QUEUE_SIZE, FeatureBits.INDIRECT_DESC);
  private final long slots = guest.allocate(QUEUE_SIZE * BlkDriver.slotBytes(2));
  private final long disk = guest.allocate(DISK_SECTORS * 512);
  private final long data = guest.allocate(4096);
  private final RamBlkDevice device =
      new RamBlkDevice(
          guest,
          new BlkLimits(
              DISK_SECTORS,
              false,
              FeatureBits.mask(BlkFeatures.DISCARD) | FeatureBits.mask(BlkFeatures.WRITE_ZEROES),
              new BlkLimits.Segments(8, 1),
              new BlkLimits.Segments(8, 1)),
          disk,
          guest.allocate(RamBlkDevice.ID.length));

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    device.close();
    guest.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldWriteAndReadOneBuffer(boolean isIndirect) {
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    Memory.fill(data, 1024, (byte) 7);
    assertEquals(BlkStatus.OK, run(blk, blk.write(3, data, 1024)));
    assertEquals(1, guest.driver.usedBytes());
    assertEquals(BlkStatus.OK, run(blk, blk.read(4, data + 2048, 512)));
    assertEquals(513, guest.driver.usedBytes());
    assertEquals(7, Memory.getByte(data + 2048 + 511));
    assertEquals(7, Memory.getByte(disk + 3 * 512));
    assertEquals(0, Memory.getByte(disk + 3 * 512 - 1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldWriteAndReadScatteredMemory(boolean isIndirect) {
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    try (IoVector scattered = new IoVector(2)) {
      scattered.add(data + 1000, 24);
      scattered.add(data, 488);
      Memory.fill(data, 488, (byte) 5);
      Memory.fill(data + 1000, 24, (byte) 6);
      assertEquals(BlkStatus.OK, run(blk, blk.write(0, scattered)));
      assertEquals(6, Memory.getByte(disk + 23));
      assertEquals(5, Memory.getByte(disk + 24));
      Memory.fill(data, 2048, (byte) 0);
      assertEquals(BlkStatus.OK, run(blk, blk.read(0, scattered)));
      assertEquals(6, Memory.getByte(data + 1023));
      assertEquals(5, Memory.getByte(data + 487));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldDoTheOtherRequests(boolean isIndirect) {
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    Memory.fill(disk, DISK_SECTORS * 512, (byte) 9);
    assertEquals(BlkStatus.OK, run(blk, blk.flush()));
    assertEquals(BlkStatus.OK, run(blk, blk.discard(2, 1)));
    assertEquals(BlkStatus.OK, run(blk, blk.writeZeroes(5, 2, RequestSlot.SEGMENT_UNMAP)));
    assertEquals(0, Memory.getByte(disk + 7 * 512 - 1));
    assertEquals(9, Memory.getByte(disk + 7 * 512));
    assertEquals(BlkStatus.OK, run(blk, blk.getId(data, 20)));
    byte[] id = new byte[20];
    Memory.get(data, id, 0, 20);
    assertArrayEquals(RamBlkDevice.ID, id);
    assertEquals(BlkStatus.IOERR, run(blk, blk.read(DISK_SECTORS, data, 512)));
    assertEquals(0, guest.driver.usedBytes());
    assertEquals(BlkStatus.IOERR, run(blk, blk.discard(0, 9)));
    assertEquals(BlkStatus.UNSUPP, run(blk, blk.writeZeroes(0, 1, 2)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldRefuseWhatDoesNotFitAndGoOn(boolean isIndirect) {
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    int fitting = isIndirect ? QUEUE_SIZE : QUEUE_SIZE / 3;
    for (int i = 0; i < fitting; i++) {
      assertTrue(blk.read(0, data, 512) >= 0);
    }
    assertEquals(SplitDriver.NONE, blk.read(0, data, 512));
    assertEquals(SplitDriver.NONE, blk.discard(0, 1));
    guest.driver.publish();
    device.fetch(QUEUE_SIZE);
    device.executeAll();
    device.queue.publish();
    for (int i = 0; i < fitting; i++) {
      assertEquals(BlkStatus.OK, blk.status(guest.driver.pollUsed()));
    }
    assertEquals(BlkStatus.OK, run(blk, blk.read(0, data, 512)));
    assertFalse(device.queue.isBroken());
  }

  @ParameterizedTest // pitfall 28
  @ValueSource(booleans = {false, true})
  void shouldBreakTheQueueWhenAHeadIsOfferedTwice(boolean isIndirect) {
    BlkDriver blk = new BlkDriver(guest.driver, slots, 2, isIndirect);
    int head = blk.read(0, data, 512);
    guest.driver.offerHead(head);
    guest.driver.publish();
    device.fetch(QUEUE_SIZE);
    assertEquals("queue 2 head 0: in flight twice", device.queue.brokenReason());
  }

  private int run(BlkDriver blk, int head) {
    assertEquals(BlkDriver.STATUS_PENDING, blk.status(head));
    guest.driver.publish();
    device.fetch(QUEUE_SIZE);
    device.executeAll();
    device.queue.publish();
    assertEquals(head, guest.driver.pollUsed());
    return blk.status(head);
  }
}
