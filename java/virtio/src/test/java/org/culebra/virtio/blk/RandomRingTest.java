package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.culebra.linux.Memory;
import org.culebra.spec.Seed;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.SplitRing;
import org.culebra.virtio.driver.SplitRingLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random rings: whatever stands in guest memory, a device neither throws nor loops nor writes
 * beside the guest's memory.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RandomRingTest {
  private static final int QUEUE_SIZE = 16;
  private static final int ROUNDS = 20_000;
  private static final int CYCLES_PER_ROUND = 4;
  private static final int DISK_SECTORS = 128;
  private static final long HEADER = GuestDriver.ALONE + GuestDriver.ALONE_BYTES - 512;
  private static final long[] ADDRESSES = {
    0,
    -1,
    Long.MAX_VALUE,
    GuestDriver.LOW,
    GuestDriver.LOW + 0x100,
    GuestDriver.LOW + GuestDriver.LOW_BYTES / 2,
    GuestDriver.ADJOINING - 8,
    GuestDriver.ADJOINING - 24,
    GuestDriver.ADJOINING + GuestDriver.ADJOINING_BYTES - 16,
    GuestDriver.ALONE,
    HEADER,
  };
  private static final int[] LENGTHS = {
    0, 1, 15, 16, 17, 32, 48, 64, 512, 513, 1024, 4096, 1 << 16, 1 << 31, -1, -16
  };

  /** The disk of all rounds, with the place of the ID behind it. */
  private static final long DISK = Memory.allocate(DISK_SECTORS * 512 + 64, 64);

  private final long seed = Seed.of(RandomRingTest.class);
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test // pitfalls 25 to 28 and 33
  void shouldSurviveRandomBytesInTheRings() {
    for (int round = 0; round < ROUNDS / 10; round++) {
      try (GuestDriver guest = guest()) {
        byte[] bytes = new byte[(int) SplitRingLayout.sizeBytes(QUEUE_SIZE)];
        random.nextBytes(bytes);
        Memory.put(guest.layout.descriptorTableAddress(), bytes, 0, bytes.length);
        run(guest);
      }
    }
  }

  @Test // pitfalls 25 to 28 and 33
  void shouldSurviveRandomDescriptorsThatLookGood() {
    try (GuestDriver guest = guest()) {
      for (int round = 0; round < ROUNDS; round++) {
        fillTable(guest, guest.layout.descriptorTableAddress());
        fillTable(guest, guest.host(GuestDriver.LOW + GuestDriver.LOW_BYTES / 2));
        fillTable(guest, guest.host(GuestDriver.ALONE));
        fillHeader(guest.host(HEADER));
        int usedIdx = random.nextInt(65536);
        Memory.putShort(guest.layout.usedRingAddress() + SplitRing.RING_IDX, usedIdx);
        Memory.putShort(guest.layout.availableRingAddress() + SplitRing.RING_IDX, 0);
        run(guest);
      }
    }
  }

  private static GuestDriver guest() {
    return new GuestDriver(QUEUE_SIZE, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX);
  }

  private void run(GuestDriver guest) {
    long features =
        FeatureBits.mask(BlkFeatures.DISCARD) | FeatureBits.mask(BlkFeatures.WRITE_ZEROES);
    BlkLimits.Segments segments = new BlkLimits.Segments(DISK_SECTORS, 8);
    RamBlkDevice device =
        new RamBlkDevice(
            guest,
            new BlkLimits(DISK_SECTORS, random.nextBoolean(), features, segments, segments),
            DISK,
            DISK + DISK_SECTORS * 512);
    long available = guest.layout.availableRingAddress();
    int availIdx = Memory.getShort(available + SplitRing.RING_IDX);
    for (int cycle = 0; cycle < CYCLES_PER_ROUND; cycle++) {
      for (int i = 0; i < 3; i++) {
        long slot = (availIdx + i) % QUEUE_SIZE;
        Memory.putShort(available + SplitRing.RING_ENTRIES + slot * 2, random.nextInt(17));
      }
      availIdx = (availIdx + random.nextInt(4)) & 0xffff;
      Memory.putShort(available + SplitRing.RING_IDX, availIdx);
      device.fetch(8);
      device.executeAll();
      device.queue.publish();
      device.queue.enableAvailableNotifications();
      device.queue.suppressAvailableNotifications();
    }
    device.close();
    assertTrue(guest.isCanaryIntact(), "seed " + seed);
  }

  private void fillTable(GuestDriver guest, long table) {
    for (int i = 0; i < QUEUE_SIZE; i++) {
      guest.table(table + (long) i * SplitRing.DESCRIPTOR_BYTES, descriptor());
    }
  }

  /** Half of the time what a good driver would write, though not always where it would. */
  private GuestDriver.Desc descriptor() {
    int next = random.nextInt(QUEUE_SIZE + 1);
    long data = GuestDriver.LOW + GuestDriver.LOW_BYTES / 4;
    return switch (random.nextInt(8)) {
      case 0, 1 -> new GuestDriver.Desc(HEADER, 16, SplitRing.DESC_F_NEXT, next);
      case 2 -> new GuestDriver.Desc(HEADER, 32, SplitRing.DESC_F_NEXT, next);
      case 3 -> GuestDriver.Desc.writable(data, 1 + 512L * random.nextInt(4));
      default ->
          new GuestDriver.Desc(
              ADDRESSES[random.nextInt(ADDRESSES.length)] + random.nextInt(2) * random.nextInt(99),
              LENGTHS[random.nextInt(LENGTHS.length)],
              random.nextInt(4) == 0 ? random.nextInt(8) : random.nextInt(4),
              next);
    };
  }

  private void fillHeader(long address) {
    Memory.putInt(address, random.nextInt(16));
    Memory.putLong(address + 8, random.nextInt(DISK_SECTORS + 2));
    Memory.putLong(address + 16, random.nextInt(DISK_SECTORS + 2));
    Memory.putLong(address + 24, random.nextInt(10) | (long) random.nextInt(3) << 32);
  }
}
