package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.culebra.block.MemoryDevice;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.AddedMemory;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Fd;
import org.culebra.virtio.blk.BlkStatus;
import org.junit.jupiter.api.Test;

/** Starting, stopping, connecting again: vhost-user's ring states and the drain. */
class LifecycleTest {
  private static final long CAPACITY_BYTES = 16 << 20;
  private static final int CONNECTS = 1_000;

  @Test
  void shouldServeTheNextFrontEndAfterEachThatGoesAndLeakNoDescriptor() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES))) {
      connectOnce(disks);
      awaitDisconnected(disks);
      int before = Fd.openCount();
      for (int i = 0; i < CONNECTS; i++) {
        connectOnce(disks);
      }
      awaitDisconnected(disks);
      assertEquals(before, Fd.openCount());
    }
  }

  private static void connectOnce(ServedDisks disks) throws Exception {
    FrontEndOptions options = new FrontEndOptions().memoryBytes(1 << 20).queueCount(2);
    try (FrontEnd frontEnd = disks.connect(options)) {
      new Guest(frontEnd, 1).write(0, new byte[512]);
      frontEnd.disconnect();
    }
  }

  private static void awaitDisconnected(ServedDisks disks) {
    long deadlineNs = System.nanoTime() + Guest.TIMEOUT_NS;
    while (disks.status(ServedDisks.DISK).connected()) {
      assertTrue(System.nanoTime() < deadlineNs, "still connected");
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldGoOnWhereAStoppedRingWas() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      guest.write(0, Guest.pattern(1, 4096));
      assertEquals(1, guest.queue().stop());
      guest.queue().start();
      guest.queue().enable(true);
      assertArrayEquals(Guest.pattern(1, 4096), guest.read(0, 4096));
      assertEquals(2, guest.queue().stop());
    }
  }

  @Test
  void shouldKeepAKickThatCameWhileTheRingWasDisabled() throws Exception {
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, new MemoryDevice(CAPACITY_BYTES))
                .pollMode(PollMode.WAIT)
                .start();
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      guest.queue().enable(false);
      frontEnd.sync();
      assertTrue(guest.queue().flush(0, 0));
      guest.queue().submit();
      guest.queue().kick();
      assertFalse(guest.queue().await(50_000_000L), "a disabled ring was served");
      guest.queue().enable(true);
      assertTrue(guest.await());
    }
  }

  @Test
  void shouldLookAtARingThatStartsWithoutAnyKick() throws Exception {
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, new MemoryDevice(CAPACITY_BYTES))
                .pollMode(PollMode.WAIT)
                .start();
        FrontEnd frontEnd =
            FrontEnd.connect(disks.socket(ServedDisks.DISK), new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      assertTrue(guest.queue().flush(0, 0));
      guest.queue().driver().publish();
      frontEnd.start();
      assertTrue(guest.await());
    }
  }

  @Test
  void shouldDrainARingBeforeItAnswersWhereItStopped() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1).delay(50);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      for (int i = 0; i < 20; i++) {
        assertTrue(guest.queue().flush(i, 0));
      }
      guest.queue().submit();
      int base = guest.queue().stop();
      int[] completed = new int[1];
      guest.queue().poll(0, (tag, status, latencyNs) -> completed[0]++);
      assertEquals(base, completed[0], "what was fetched was not completed");
    }
  }

  @Test
  void shouldCancelWhatDoesNotEndWithinTheDrainBound() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = ServedDisks.of(device)) {
      FrontEnd frontEnd = disks.connect(new FrontEndOptions());
      Guest guest = new Guest(frontEnd, 0);
      CountDownLatch arrived = new CountDownLatch(1);
      device.hold(
          request -> {
            arrived.countDown();
            return true;
          });
      assertTrue(guest.queue().write(0, frontEnd.memory().allocate(512), 512, 7, 0));
      guest.queue().submit();
      assertTrue(arrived.await(10, TimeUnit.SECONDS), "the request never came");
      disks.backend().requestStop();
      assertEquals(1, disks.backend().awaitEnd());
      int[] status = {-1};
      guest.queue().poll(0, (tag, completedStatus, latencyNs) -> status[0] = completedStatus);
      assertEquals(BlkStatus.IOERR, status[0]);
      assertTrue(
          disks.errors().contains("disk d0: 1 requests were cancelled"), disks.errors()::toString);
      frontEnd.disconnect();
    }
  }

  @Test
  void shouldEndWithStatusZeroWhenEverythingDrained() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      new Guest(frontEnd, 0).write(0, new byte[512]);
      disks.backend().requestStop();
      assertEquals(0, disks.backend().awaitEnd());
      assertFalse(Files.exists(disks.socket(ServedDisks.DISK)));
      assertEquals(1, disks.backend().endedLatency().getFirst().histogram().getTotalCount());
    }
  }

  @Test
  void shouldResetTheDeviceAndServeItAgain() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      new Guest(frontEnd, 0).write(0, Guest.pattern(5, 512));
      frontEnd.resetDevice();
      assertEquals(0, disks.status(ServedDisks.DISK).vringsStarted());
    }
  }

  @Test
  void shouldServeMemoryThatComesAndGoesWhileRingsRun() throws Exception {
    FrontEndOptions options = new FrontEndOptions().usesMemorySlots(true);
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(options)) {
      Guest guest = new Guest(frontEnd, 0);
      for (int i = 0; i < 20; i++) {
        AddedMemory added = frontEnd.addMemory(1 << 20);
        guest.write(i, Guest.pattern(i, 512));
        frontEnd.removeMemory(added);
        assertArrayEquals(Guest.pattern(i, 512), guest.read(i, 512));
      }
    }
  }

  @Test
  void shouldActivateAnInactiveDiskAtTheFirstVringStart() throws Exception {
    MemoryDevice device = new MemoryDevice(CAPACITY_BYTES);
    try (ServedDisks disks = new ServedDisks().disk(ServedDisks.DISK, device).inactive().start()) {
      assertFalse(device.isActive());
      try (FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
        new Guest(frontEnd, 0).write(0, new byte[512]);
        assertTrue(device.isActive());
      }
    }
  }
}
