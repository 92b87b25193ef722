package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.AddedMemory;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.virtio.blk.BlkStatus;
import org.junit.jupiter.api.Test;

/** Memory that comes and goes while requests are in flight (vhost-user: memory regions). */
class MemoryLifetimeTest {
  private static final long CAPACITY_BYTES = 4 << 20;
  private static final int REGION_BYTES = 1 << 16;

  private static long addedMappings() {
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains("added-memory"))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldKeepARegionMappedWhileARequestOfAnEarlierTableUsesIt() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().usesMemorySlots(true))) {
      CountDownLatch arrived = new CountDownLatch(1);
      device.hold(
          request -> {
            arrived.countDown();
            return true;
          });
      AddedMemory used = frontEnd.addMemory(REGION_BYTES);
      RawChain chain = new RawChain(frontEnd, 0);
      chain.read(0, used.region().guestAddress(), 4096).available(0);
      assertTrue(arrived.await(10, TimeUnit.SECONDS), "the request never came");
      frontEnd.addMemory(REGION_BYTES);
      frontEnd.removeMemory(used);
      frontEnd.sync();
      // The region in use here, and the other one here and on the front-end's side.
      assertEquals(3, addedMappings());
      device.release();
      Await.until("the region was never unmapped", () -> addedMappings() == 2);
      assertEquals(BlkStatus.OK, chain.status());
    }
    assertEquals(0, addedMappings());
  }

  @Test
  void shouldAcknowledgeARegionOnlyWhenItsRequestsAreServed() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    FrontEndOptions options =
        new FrontEndOptions().usesMemorySlots(true).timeoutNs(TimeUnit.MILLISECONDS.toNanos(300));
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ServedDisks disks = ServedDisks.of(device)) {
      FrontEnd frontEnd = disks.connect(options);
      // The agent stands in the middle of a cycle, with the memory that it had.
      device.hold(
          request -> {
            arrived.countDown();
            return Uninterrupted.await(goOn);
          });
      assertTrue(frontEnd.queue(0).flush(0, 0));
      frontEnd.queue(0).submit();
      assertTrue(arrived.await(10, TimeUnit.SECONDS), "the request never came");
      FrontEndException failure =
          assertThrows(FrontEndException.class, () -> frontEnd.addMemory(REGION_BYTES));
      assertTrue(failure.getMessage().contains("no answer"), failure::getMessage);
      goOn.countDown();
      device.release();
      frontEnd.disconnect();
    }
  }
}
