package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.spec.Seed;
import org.culebra.spec.Spec;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.GuestDriver;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.SplitDriver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A driver and a device take random steps by turns in one thread, and a byte array says what reads
 * must return. Either may sleep only as the rings allow, so a notification that lacks ends in both
 * asleep with work to do.
 */
@Spec("virtio 1.3 §2.7.12")
class DriverDeviceModelTest {
  private static final int QUEUE_SIZE = 32;
  private static final int SLOTS = QUEUE_SIZE;
  private static final int DISK_SECTORS = 64;
  private static final int REQUEST_SECTORS_MAX = 8;
  private static final int SEGMENTS_MAX = 4;

  /** Enough requests for the 16-bit indices to wrap. */
  private static final int REQUESTS = 70_000;

  private final long seed = Seed.of(DriverDeviceModelTest.class);
  private final SplittableRandom random = new SplittableRandom(seed);
  private final byte[] model = new byte[DISK_SECTORS * 512];
  private final boolean[] busySectors = new boolean[DISK_SECTORS];
  private final IoVector[] vectors = new IoVector[SLOTS];
  private final List<Request> pending = new ArrayList<>();
  private GuestDriver guest;
  private BlkDriver blk;
  private RamBlkDevice device;
  private long dataAddress;
  private boolean isKicked;
  private boolean isCalled;
  private int queued;
  private int done;

  private record Request(
      int head, int type, int sector, int sectors, IoVector data, byte[] written) {}

  @ParameterizedTest(name = "EVENT_IDX and INDIRECT_DESC of bits {0}")
  @ValueSource(ints = {0, 1, 2, 3})
  void shouldReadWhatWasWrittenAndLoseNoNotification(int bits) {
    boolean isIndirect = (bits & 2) != 0;
    start((bits & 1) != 0, isIndirect);
    boolean isDeviceAsleep = false;
    boolean isDriverAsleep = false;
    while (done < REQUESTS) {
      assertFalse(
          isDeviceAsleep && isDriverAsleep && !isKicked && !isCalled,
          () -> "both asleep, seed " + seed);
      if (random.nextBoolean()) {
        isDriverAsleep = isDriverAsleep && !isCalled;
        isDriverAsleep = !isDriverAsleep ? driverStep() : true;
      } else {
        isDeviceAsleep = isDeviceAsleep && !isKicked;
        isDeviceAsleep = !isDeviceAsleep ? deviceStep() : true;
      }
    }
    assertFalse(device.queue.isBroken(), device.queue.brokenReason());
    assertTrue(guest.isCanaryIntact());
    device.close();
    guest.close();
  }

  private void start(boolean isEventIdx, boolean isIndirect) {
    guest =
        new GuestDriver(
            QUEUE_SIZE,
            FeatureBits.VERSION_1,
            isEventIdx ? FeatureBits.EVENT_IDX : FeatureBits.VERSION_1,
            isIndirect ? FeatureBits.INDIRECT_DESC : FeatureBits.VERSION_1);
    Arrays.setAll(vectors, i -> new IoVector(SEGMENTS_MAX));
    long slots = guest.allocate(QUEUE_SIZE * BlkDriver.slotBytes(SEGMENTS_MAX));
    dataAddress = guest.allocate((long) SLOTS * REQUEST_SECTORS_MAX * 512);
    blk = new BlkDriver(guest.driver, slots, SEGMENTS_MAX, isIndirect);
    BlkLimits.Segments segments = new BlkLimits.Segments(DISK_SECTORS, 1);
    long features = guest.features() | FeatureBits.mask(BlkFeatures.WRITE_ZEROES);
    device =
        new RamBlkDevice(
            guest,
            new BlkLimits(DISK_SECTORS, false, features, segments, segments),
            guest.allocate(model.length),
            guest.allocate(RamBlkDevice.ID.length));
  }

  /** Queues some, publishes, reaps some; returns whether the driver went to sleep. */
  private boolean driverStep() {
    isCalled = false;
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      queueOne();
    }
    isKicked |= guest.driver.publish();
    for (int head = guest.driver.pollUsed();
        head != SplitDriver.NONE;
        head = guest.driver.pollUsed()) {
      check(head);
    }
    if (random.nextBoolean()) {
      guest.driver.suppressUsedNotifications();
      return false;
    }
    return guest.driver.enableUsedNotifications() && !pending.isEmpty();
  }

  /** Fetches, executes some, publishes; returns whether the device went to sleep. */
  private boolean deviceStep() {
    isKicked = false;
    device.queue.suppressAvailableNotifications();
    device.fetch(1 + random.nextInt(QUEUE_SIZE));
    int count = random.nextInt(device.waitingCount() + 1);
    for (int i = 0; i < count; i++) {
      device.execute(random.nextInt(device.waitingCount()));
    }
    isCalled |= device.queue.publish();
    return device.queue.enableAvailableNotifications() && device.waitingCount() == 0;
  }

  private void queueOne() {
    int sectors = 1 + random.nextInt(REQUEST_SECTORS_MAX);
    int sector = random.nextInt(DISK_SECTORS - sectors + 1);
    if (!isIdle(sector, sectors)) {
      return;
    }
    int bytes = sectors * 512;
    byte[] written = new byte[bytes];
    random.nextBytes(written);
    int type =
        switch (random.nextInt(3)) {
          case 0 -> BlkRequestType.IN;
          case 1 -> BlkRequestType.OUT;
          default -> BlkRequestType.WRITE_ZEROES;
        };
    // The memory of a request is found by its number: as many as can be in flight.
    long address = dataAddress + (long) (queued % SLOTS) * REQUEST_SECTORS_MAX * 512;
    IoVector data = scatter(address, bytes);
    int head =
        switch (type) {
          case BlkRequestType.IN -> blk.read(sector, data);
          case BlkRequestType.OUT -> {
            data.copyFrom(0, fill(written), bytes);
            yield blk.write(sector, data);
          }
          default -> blk.writeZeroes(sector, sectors, RequestSlot.SEGMENT_UNMAP);
        };
    if (head == SplitDriver.NONE) {
      return;
    }
    queued++;
    markBusy(sector, sectors, true);
    pending.add(new Request(head, type, sector, sectors, data, written));
  }

  private void check(int head) {
    Request request =
        pending.stream().filter(candidate -> candidate.head == head).findFirst().orElseThrow();
    pending.remove(request);
    assertEquals(BlkStatus.OK, blk.status(head), () -> "seed " + seed);
    int at = request.sector * 512;
    int bytes = request.sectors * 512;
    switch (request.type) {
      case BlkRequestType.IN -> {
        assertEquals(bytes + 1, guest.driver.usedBytes());
        request.data.copyTo(0, scratch(), bytes);
        byte[] read = new byte[bytes];
        Memory.get(scratch(), read, 0, bytes);
        assertTrue(Arrays.equals(read, 0, bytes, model, at, at + bytes), () -> "seed " + seed);
      }
      case BlkRequestType.OUT -> System.arraycopy(request.written, 0, model, at, bytes);
      default -> Arrays.fill(model, at, at + bytes, (byte) 0);
    }
    markBusy(request.sector, request.sectors, false);
    done++;
  }

  /** Cuts memory into up to SEGMENTS_MAX pieces, the later ones first. */
  private IoVector scatter(long address, int bytes) {
    IoVector data = vectors[queued % SLOTS];
    data.clear();
    int end = bytes;
    while (data.count() < SEGMENTS_MAX - 1 && end > 1 && random.nextBoolean()) {
      int begin = random.nextInt(1, end);
      data.add(address + begin, end - begin);
      end = begin;
    }
    data.add(address, end);
    return data;
  }

  private long fill(byte[] bytes) {
    Memory.put(scratch(), bytes, 0, bytes.length);
    return scratch();
  }

  private long scratch() {
    return guest.host(GuestDriver.ALONE);
  }

  private boolean isIdle(int sector, int sectors) {
    for (int i = sector; i < sector + sectors; i++) {
      if (busySectors[i]) {
        return false;
      }
    }
    // A request's memory is free only when all that are SLOTS older are done.
    return pending.size() < SLOTS / 2 && pending.stream().noneMatch(this::usesNextMemory);
  }

  private boolean usesNextMemory(Request request) {
    long next = dataAddress + (long) (queued % SLOTS) * REQUEST_SECTORS_MAX * 512;
    long last = request.data.address(request.data.count() - 1);
    return last == next;
  }

  private void markBusy(int sector, int sectors, boolean isBusy) {
    Arrays.fill(busySectors, sector, sector + sectors, isBusy);
  }
}
