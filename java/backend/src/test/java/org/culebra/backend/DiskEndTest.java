package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.block.BlockQueue;
import org.culebra.block.ForwardingDevice;
import org.culebra.block.MemoryDevice;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.virtio.blk.BlkStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Disks that end while something else happens to them, or while they don't answer. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DiskEndTest {
  private static final long CAPACITY_BYTES = 4 << 20;

  private final SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);

  /** Sends a write that the device keeps until it is released. */
  private Guest guestWithAWriteHeld(FrontEnd frontEnd, int queue) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    device.hold(
        request -> {
          arrived.countDown();
          return true;
        });
    Guest guest = new Guest(frontEnd, queue);
    assertTrue(guest.queue().write(0, frontEnd.memory().allocate(512), 512, 0, 0));
    guest.queue().submit();
    assertTrue(arrived.await(10, TimeUnit.SECONDS), "the request never came");
    return guest;
  }

  @Test
  void shouldCloseADiskOnceThatIsStoppedWhileTheProcessEnds() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    ForwardingDevice counting =
        new ForwardingDevice(device) {
          @Override
          public void close() throws IOException {
            closed.incrementAndGet();
            super.close();
          }
        };
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, counting)
                .drainTimeoutNs(Guest.TIMEOUT_NS)
                .start();
        FrontEnd frontEnd = disks.connect(new FrontEndOptions());
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      guestWithAWriteHeld(frontEnd, 0);
      Future<?> stopped =
          pool.submit(
              () -> {
                disks.backend().stop(ServedDisks.DISK);
                return null;
              });
      Await.until("it still listens", () -> !disks.socket(ServedDisks.DISK).toFile().exists());
      disks.backend().requestStop();
      device.release();
      assertEquals(0, disks.backend().awaitEnd());
      stopped.get();
      assertEquals(1, closed.get());
      assertEquals(1, disks.backend().endedLatency().size());
      frontEnd.disconnect();
    }
  }

  @Test
  void shouldGiveASwapUpWhoseRequestsDoNotEnd() throws Exception {
    MemoryDevice next = new MemoryDevice(CAPACITY_BYTES);
    next.activate();
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      new Guest(frontEnd, 1).write(0, new byte[512]);
      Guest guest = guestWithAWriteHeld(frontEnd, 0);
      IOException failure =
          assertThrows(
              IOException.class,
              () -> disks.backend().swap(ServedDisks.DISK, next, (from, to) -> {}));
      assertEquals("requests in flight after 0.3 s: the old device stays", failure.getMessage());
      device.release();
      assertTrue(guest.await());
      new Guest(frontEnd, 1).write(8, new byte[512]);
      disks.backend().swap(ServedDisks.DISK, next, (from, to) -> {});
      new Guest(frontEnd, 1).write(8, new byte[512]);
    }
  }

  @Test
  void shouldRefuseASwapToASmallerDevice() throws Exception {
    MemoryDevice next = new MemoryDevice(CAPACITY_BYTES - 512);
    next.activate();
    try (ServedDisks disks = ServedDisks.of(device)) {
      IOException failure =
          assertThrows(
              IOException.class,
              () -> disks.backend().swap(ServedDisks.DISK, next, (from, to) -> {}));
      assertTrue(failure.getMessage().contains("4193792"), failure::getMessage);
    }
    next.close();
  }

  @Test
  void shouldEndAllTheSameWhenADeviceDoesNotClose() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    ForwardingDevice stuck =
        new ForwardingDevice(device) {
          @Override
          public void close() throws IOException {
            Uninterrupted.await(never);
            super.close();
          }
        };
    try (ServedDisks disks = ServedDisks.of(stuck)) {
      disks.backend().requestStop();
      assertEquals(1, disks.backend().awaitEnd());
      assertTrue(disks.errors().getFirst().startsWith("disk d0: not closed within 1.3 s"));
      never.countDown();
    }
  }

  @Test
  void shouldRefuseToSwapADiskThatIsBeingStopped() throws Exception {
    MemoryDevice next = new MemoryDevice(CAPACITY_BYTES);
    next.activate();
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    ForwardingDevice slow =
        new ForwardingDevice(device) {
          @Override
          public void close() throws IOException {
            closing.countDown();
            Uninterrupted.await(goOn);
            super.close();
          }
        };
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, slow)
                .drainTimeoutNs(Guest.TIMEOUT_NS)
                .start();
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      disks.backend().requestStop();
      assertTrue(closing.await(10, TimeUnit.SECONDS));
      Future<?> swapped =
          pool.submit(
              () ->
                  assertThrows(
                      IOException.class,
                      () -> disks.backend().swap(ServedDisks.DISK, next, (from, to) -> {})));
      disks.backend().list();
      goOn.countDown();
      swapped.get();
    }
    assertTrue(next.isActive(), "a device that wasn't taken was closed");
    next.close();
  }

  @Test
  void shouldNeverCancelAQueueThatItsAgentLetGoOf() throws Exception {
    AtomicBoolean cancelledLate = new AtomicBoolean();
    CountDownLatch deadlinePassed = new CountDownLatch(1);
    ForwardingDevice watching =
        new ForwardingDevice(device) {
          @Override
          public BlockQueue openQueue(int depth) throws IOException {
            return new Queue(super.openQueue(depth)) {
              private boolean detached;

              @Override
              public void detach() {
                super.detach();
                detached = true;
                Uninterrupted.await(deadlinePassed);
              }

              @Override
              public void cancel() {
                cancelledLate.set(cancelledLate.get() | detached);
                super.cancel();
              }
            };
          }
        };
    ServedDisks disks = new ServedDisks().disk(ServedDisks.DISK, watching).start();
    FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2));
    guestWithAWriteHeld(frontEnd, 1);
    disks.backend().requestStop();
    Await.until("the drain never ended", () -> !disks.errors().isEmpty());
    deadlinePassed.countDown();
    disks.backend().awaitEnd();
    assertFalse(cancelledLate.get());
    frontEnd.disconnect();
    disks.close();
  }

  @Test
  void shouldServeAllQueuesAgainWhenOneThatHadToBeCancelledStarts() throws Exception {
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      Guest other = new Guest(frontEnd, 1);
      other.write(0, new byte[512]);
      Guest guest = guestWithAWriteHeld(frontEnd, 0);
      assertEquals(1, guest.queue().stop());
      device.release();
      guest.queue().start();
      guest.queue().enable(true);
      frontEnd.sync();
      assertEquals(BlkStatus.OK, other.tryWrite(0, new byte[512]));
      assertTrue(guest.await());
      guest.write(0, new byte[512]);
    }
  }

  @Test
  void shouldServeAnInactiveDiskWhenItsImageCanBeHadAgain() throws Exception {
    AtomicBoolean locked = new AtomicBoolean(true);
    ForwardingDevice image =
        new ForwardingDevice(device) {
          @Override
          public void activate() throws IOException {
            if (locked.get()) {
              throw new IOException("image.qcow2: locked by another process");
            }
            super.activate();
          }
        };
    try (ServedDisks disks = new ServedDisks().disk(ServedDisks.DISK, image).inactive().start()) {
      FrontEnd refused = FrontEnd.connect(disks.socket(ServedDisks.DISK), new FrontEndOptions());
      assertThrows(
          FrontEndException.class,
          () -> {
            refused.start();
            refused.sync();
          });
      refused.disconnect();
      assertEquals(
          java.util.List.of(
              "disk d0: SET_VRING_KICK of vring 0: image.qcow2: locked by another process"),
          disks.errors());
      locked.set(false);
      try (FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
        new Guest(frontEnd, 0).write(0, new byte[512]);
      }
    }
  }
}
