package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.culebra.block.BlockOperation;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.frontend.MessageOrder;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkFeatures;
import org.culebra.virtio.blk.BlkStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a driver reads and writes through the whole back-end (C1, C3, C7). */
class ServedDataTest {
  private static final long CAPACITY_BYTES = 16 << 20;

  static Stream<Arguments> ways() {
    return Stream.of(PollMode.values())
        .flatMap(
            mode ->
                Stream.of(MessageOrder.values())
                    .flatMap(
                        order ->
                            Stream.of(
                                Arguments.of(mode, order, new int[0]),
                                Arguments.of(mode, order, new int[] {FeatureBits.EVENT_IDX}),
                                Arguments.of(mode, order, new int[] {FeatureBits.INDIRECT_DESC}))));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void shouldReadBackWhatWasWritten(PollMode mode, MessageOrder order, int[] withoutFeatures)
      throws Exception {
    FrontEndOptions options =
        new FrontEndOptions().order(order).queueCount(2).withoutFeatures(withoutFeatures);
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, new MemoryDevice(CAPACITY_BYTES))
                .pollMode(mode)
                .start();
        FrontEnd frontEnd = disks.connect(options)) {
      Guest first = new Guest(frontEnd, 0);
      Guest second = new Guest(frontEnd, 1);
      for (int i = 0; i < 100; i++) {
        byte[] bytes = Guest.pattern(i, 512 * (1 + i % 64));
        first.write(i * 64L, bytes);
        assertArrayEquals(bytes, second.read(i * 64L, bytes.length));
      }
    }
  }

  @Test
  void shouldServeRequestsThatCrossMemoryRegions() throws Exception {
    FrontEndOptions options = new FrontEndOptions().memoryBytes(4 << 20).regionCount(3);
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(options)) {
      Guest guest = new Guest(frontEnd, 0, 3 << 20);
      byte[] bytes = Guest.pattern(1, 3 << 20);
      guest.write(0, bytes);
      assertArrayEquals(bytes, guest.read(0, bytes.length));
    }
  }

  @Test
  void shouldDiscardAndWriteZeroes() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      guest.write(0, Guest.pattern(1, 16 << 10));
      assertEquals(BlkStatus.OK, guest.writeZeroes(8, 8, true));
      assertArrayEquals(new byte[4096], guest.read(8, 4096));
      assertEquals(BlkStatus.OK, guest.discard(16, 8));
      assertEquals(1, device.count(BlockOperation.DISCARD));
      assertArrayEquals(Arrays.copyOf(Guest.pattern(1, 16 << 10), 4096), guest.read(0, 4096));
    }
  }

  @Test
  void shouldAnswerItsSerialNumberPaddedWithZeroes() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      byte[] id = new Guest(frontEnd, 0).id(DiskOptions.SERIAL_BYTES);
      byte[] expected =
          Arrays.copyOf("sn-d0".getBytes(StandardCharsets.UTF_8), DiskOptions.SERIAL_BYTES);
      assertArrayEquals(expected, id);
    }
  }

  @Test
  void shouldRefuseWritesToAReadOnlyDevice() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES, Limits.BYTES, true));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      assertTrue(FeatureBits.has(frontEnd.offeredFeatures(), BlkFeatures.RO));
      Guest guest = new Guest(frontEnd, 0);
      assertEquals(BlkStatus.IOERR, guest.tryWrite(0, new byte[512]));
      assertArrayEquals(new byte[512], guest.read(0, 512));
    }
  }

  @Test
  void shouldRefuseWhatLiesBeyondTheEnd() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      long last = CAPACITY_BYTES / 512 - 1;
      guest.write(last, new byte[512]);
      assertEquals(BlkStatus.IOERR, guest.tryWrite(last, new byte[1024]));
      assertEquals(BlkStatus.IOERR, guest.tryRead(Long.MAX_VALUE, 512));
    }
  }

  @Test
  void shouldTellTheDeviceErrorAndGoOn() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      device.failNext(BlockOperation.WRITE, 5);
      assertEquals(BlkStatus.IOERR, guest.tryWrite(24, new byte[512]));
      guest.write(24, new byte[512]);
      assertEquals(java.util.List.of("disk d0: queue 0: write of sector 24: EIO"), disks.errors());
    }
  }

  @Test
  void shouldMakeWritesDurableAtOnceWhenTheDriverSwitchesTheWriteCacheOff() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      frontEnd.setWriteCache(false);
      assertEquals(false, frontEnd.readConfig().writeback());
      byte[] bytes = Guest.pattern(7, 4096);
      guest.write(0, bytes);
      device.cutPower();
      SimulatedBlockDevice after = device.afterPowerCut(3);
      assertArrayEquals(bytes, after.content(0, bytes.length));
    }
  }

  @Test
  void shouldMakeWritesDurableAtOnceForADriverThatHasNoFlush() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    FrontEndOptions options = new FrontEndOptions().withoutFeatures(BlkFeatures.FLUSH);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(options)) {
      byte[] bytes = Guest.pattern(7, 4096);
      new Guest(frontEnd, 0).write(0, bytes);
      device.cutPower();
      SimulatedBlockDevice after = device.afterPowerCut(3);
      assertArrayEquals(bytes, after.content(0, bytes.length));
    }
  }

  @Test
  void shouldFlushWhatAnotherQueueWroteBeforeThePowerWasCut() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = new ServedDisks().disk(ServedDisks.DISK, device).agents(2).start();
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      byte[] bytes = Guest.pattern(7, 64 << 10);
      new Guest(frontEnd, 0).write(128, bytes);
      assertEquals(BlkStatus.OK, new Guest(frontEnd, 1).flush());
      device.cutPower();
      SimulatedBlockDevice after = device.afterPowerCut(3);
      assertArrayEquals(bytes, after.content(128 * 512, bytes.length));
    }
  }
}
