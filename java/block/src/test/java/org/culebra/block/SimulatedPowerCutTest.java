package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;

/** The simulated disk keeps its word, and nothing more. */
class SimulatedPowerCutTest {
  private final SplittableRandom random = Seeds.random("SimulatedPowerCutTest");

  private static SimulatedBlockDevice active(long capacity, long seed) throws IOException {
    SimulatedBlockDevice device = new SimulatedBlockDevice(capacity, seed);
    device.activate();
    return device;
  }

  @Test
  void shouldKeepWhatWasFlushedForEverySeed() throws IOException {
    byte[] old = Patterns.bytes(random, 65536);
    byte[] written = Patterns.bytes(random, 65536);
    SimulatedBlockDevice device = active(1 << 20, Seeds.SEED);
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      queue.write(0, written);
      queue.write(0, old);
      assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
      queue.write(65536, written);
      device.cutPower();
      assertEquals(-Errno.EIO, queue.write(0, written, 0));
      assertEquals(-Errno.EIO, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    }
    for (long seed = 0; seed < 20; seed++) {
      byte[] kept = device.afterPowerCut(seed).content(0, 65536);
      Patterns.assertSame(old, kept, "flushed, seed " + seed);
    }
    assertThrows(IOException.class, () -> reactivate(device));
  }

  private static void reactivate(SimulatedBlockDevice device) throws IOException {
    device.deactivate();
    device.activate();
  }

  @Test
  void shouldLoseKeepAndTearWhatWasNotFlushed() throws IOException {
    byte[] written = Patterns.bytes(random, 16 * 512);
    SimulatedBlockDevice device = active(1 << 20, Seeds.SEED);
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      queue.write(0, written);
    }
    device.cutPower();
    long[] sectors =
        LongStream.range(0, 64).map(seed -> sectorsKept(device, seed, written)).toArray();
    assertTrue(Arrays.stream(sectors).anyMatch(kept -> kept == 0), "some seed loses all");
    assertTrue(Arrays.stream(sectors).anyMatch(kept -> kept == 16), "some seed keeps all");
    assertTrue(Arrays.stream(sectors).anyMatch(kept -> kept > 0 && kept < 16), "some seed tears");
    assertArrayEquals(
        sectors,
        LongStream.range(0, 64).map(seed -> sectorsKept(device, seed, written)).toArray(),
        "the same for the same seed");
  }

  /** Counts the sectors that are there; each is there whole or not at all. */
  private static long sectorsKept(SimulatedBlockDevice device, long seed, byte[] written) {
    byte[] left = device.afterPowerCut(seed).content(0, written.length);
    long kept = 0;
    for (int sector = 0; sector < written.length; sector += 512) {
      byte[] now = Arrays.copyOfRange(left, sector, sector + 512);
      boolean there = Arrays.equals(now, Arrays.copyOfRange(written, sector, sector + 512));
      assertTrue(there || Arrays.equals(now, new byte[512]), "sector torn inside");
      kept += there ? 1 : 0;
    }
    return kept;
  }

  /** A flush covers writes whose completion was polled before it was submitted, no others. */
  @Test
  void shouldNotCoverAWriteThatIsInFlightWithTheFlush() throws IOException {
    byte[] written = Patterns.bytes(random, 512);
    boolean lost = false;
    for (long seed = 0; seed < 40; seed++) {
      // In order: the write takes effect before the flush, and yet isn't covered.
      SimulatedBlockDevice device = new SimulatedBlockDevice(65536, seed).delay(0);
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 2);
          IoVector vector = IoVector.of(org.culebra.linux.Memory.allocate(512, 512), 512)) {
        Patterns.put(vector, 0, written);
        BlockRequest write = new BlockRequest().tag(1);
        write.set(BlockOperation.WRITE, 0, 512, 0).memory(vector, 0);
        queue.submit(write, new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(2));
        queue.drain();
      }
      lost |= !Arrays.equals(written, device.afterPowerCut(seed).content(0, 512));
    }
    assertTrue(lost, "in 40 seeds no write in flight with a flush was lost");
  }

  @Test
  void shouldKeepPartsOfAWriteThatWasInFlight() throws IOException {
    byte[] written = Patterns.bytes(random, 16 * 512);
    SimulatedBlockDevice device = active(65536, Seeds.SEED);
    device.hold(request -> true);
    try (QueueDriver queue = new QueueDriver(device, 2);
        IoVector vector = IoVector.of(org.culebra.linux.Memory.allocate(8192, 512), 8192)) {
      Patterns.put(vector, 0, written);
      BlockRequest write = new BlockRequest().tag(1);
      queue.submit(write.set(BlockOperation.WRITE, 0, 8192, 0).memory(vector, 0));
      device.cutPower();
      queue.drain();
      assertEquals(-Errno.EIO, queue.result(1));
    }
    long[] sectors =
        LongStream.range(0, 64).map(seed -> sectorsKept(device, seed, written)).toArray();
    assertTrue(Arrays.stream(sectors).anyMatch(kept -> kept == 0), "some seed loses all");
    assertTrue(Arrays.stream(sectors).anyMatch(kept -> kept > 0), "some seed keeps a part");
  }

  @Test
  void shouldCoverWritesOfOtherQueuesWithAFlush() throws IOException {
    byte[] written = Patterns.bytes(random, 4096);
    SimulatedBlockDevice device = active(65536, Seeds.SEED);
    try (QueueDriver first = new QueueDriver(device, 2);
        QueueDriver second = new QueueDriver(device, 2)) {
      first.write(0, written);
      assertEquals(0, second.execute(BlockOperation.FLUSH, 0, 0, 0));
    }
    device.cutPower();
    Patterns.assertSame(written, device.afterPowerCut(0).content(0, 4096), "flushed elsewhere");
  }

  @Test
  void shouldCutThePowerAtTheChangeThatWasNamed() throws IOException {
    SimulatedBlockDevice device = active(65536, Seeds.SEED);
    device.cutPowerAfter(3);
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      for (int i = 0; i < 3; i++) {
        queue.write(i * 512L, Patterns.bytes(random, 512));
      }
      assertEquals(-Errno.EIO, queue.write(1536, Patterns.bytes(random, 512), 0));
      assertTrue(device.isCut());
    }
  }

  @Test
  void shouldKeepAGrowableDeviceAtItsDurableSizeOrLonger() throws IOException {
    SimulatedBlockDevice device = new SimulatedBlockDevice(0, Seeds.SEED).growable(true);
    device.activate();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(0, Patterns.bytes(random, 4096));
      assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
      queue.write(4096, Patterns.bytes(random, 4096));
    }
    long[] sizes =
        LongStream.range(0, 32).map(seed -> device.afterPowerCut(seed).capacityBytes()).toArray();
    assertEquals(4096, Arrays.stream(sizes).min().orElseThrow());
    assertEquals(8192, Arrays.stream(sizes).max().orElseThrow());
  }

  @Test
  void shouldChangeSomeSectorsOfAWriteThatFails() throws IOException {
    byte[] written = Patterns.bytes(random, 64 * 512);
    SimulatedBlockDevice device = active(65536, Seeds.SEED);
    device.failNext(BlockOperation.WRITE, Errno.EIO);
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      assertEquals(-Errno.EIO, queue.write(0, written, 0));
      byte[] now = queue.read(0, written.length);
      assertTrue(!Arrays.equals(now, written) && !Arrays.equals(now, new byte[now.length]));
    }
  }

  @Test
  void shouldRecordWhatItExecuted() throws IOException {
    SimulatedBlockDevice device = active(65536, Seeds.SEED);
    device.record();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(512, Patterns.bytes(random, 512), BlockRequest.FUA);
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
    }
    assertEquals(
        List.of(
            new SimulatedBlockDevice.Event(BlockOperation.WRITE, 512, 512, BlockRequest.FUA, 0),
            new SimulatedBlockDevice.Event(BlockOperation.FLUSH, 0, 0, 0, 0)),
        device.events());
    device.resetCounts();
    assertEquals(0, device.count(BlockOperation.WRITE));
  }
}
