package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.image.ImageOptions;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several queues of one image on several threads. */
@Timeout(60)
class Qcow2ThreadsTest {
  private static final int CLUSTER = 4096;
  private static final int CLUSTERS = 512;
  private static final int SECTOR = 512;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> faults = new ArrayList<>();

  @AfterEach
  void endThreads() throws InterruptedException {
    threads.shutdownNow();
    assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
  }

  private Qcow2Device image(BlockDevice file) throws IOException {
    file.activate();
    Qcow2CreateOptions options =
        new Qcow2CreateOptions(
            CLUSTERS * CLUSTER,
            3,
            CLUSTER,
            16,
            false,
            Qcow2CreateOptions.Preallocation.OFF,
            null,
            null);
    Qcow2Format.create(file, options);
    file.deactivate();
    Qcow2Device device =
        new Qcow2Device(file, ImageOptions.DEFAULT.withErrors(faults::add).withCacheBytes(1));
    device.activate();
    return device;
  }

  private void checkAndClose(Qcow2Device device) throws IOException {
    device.deactivate();
    assertTrue(device.check(faults::add).isClean(), faults.toString());
    assertEquals(List.of(), faults);
    device.close();
  }

  private static byte[] sector(int cluster, int version) {
    byte[] bytes = new byte[SECTOR];
    for (int i = 0; i < SECTOR; i += 8) {
      BigEndian.putInt(bytes, i, cluster + 1);
      BigEndian.putInt(bytes, i + 4, version);
    }
    return bytes;
  }

  private Future<Void> start(Callable<Void> work) {
    return threads.submit(work);
  }

  private static void await(Future<?>... works) throws Exception {
    for (Future<?> work : works) {
      work.get(50, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldAllocateAClusterOnceForTwoThreads() throws Exception {
    Qcow2Device device = image(new MemoryDevice(8 << 20));
    List<Future<Void>> works = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      final int sector = half;
      QueueDriver queue = new QueueDriver(device, 4);
      queue.moveOut();
      works.add(
          start(
              () -> {
                queue.moveIn();
                for (int cluster = 0; cluster < CLUSTERS; cluster++) {
                  queue.write(
                      (long) cluster * CLUSTER + sector * SECTOR, sector(cluster, sector + 1));
                }
                queue.close();
                return null;
              }));
    }
    await(works.toArray(Future<?>[]::new));
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        byte[] read = queue.read((long) cluster * CLUSTER, 2 * SECTOR);
        byte[] expected = java.util.Arrays.copyOf(sector(cluster, 1), 2 * SECTOR);
        System.arraycopy(sector(cluster, 2), 0, expected, SECTOR, SECTOR);
        Patterns.assertSame(expected, read, "cluster " + cluster);
      }
    }
    checkAndClose(device);
  }

  @Test
  void shouldNeverShowAReusedClusterToAReader() throws Exception {
    Qcow2Device device = image(new MemoryDevice(3 << 20));
    AtomicBoolean done = new AtomicBoolean();
    QueueDriver writing = new QueueDriver(device, 4);
    writing.moveOut();
    Future<Void> writer =
        start(
            () -> {
              SplittableRandom random = Seeds.random("reuse writer");
              writing.moveIn();
              for (int i = 0; i < 6000; i++) {
                int cluster = random.nextInt(CLUSTERS);
                long offset = (long) cluster * CLUSTER;
                int kind = random.nextInt(10);
                if (kind < 5) {
                  writing.write(offset + random.nextInt(8) * SECTOR, sector(cluster, i));
                } else if (kind < 9) {
                  writing.execute(BlockOperation.DISCARD, offset, CLUSTER, 0);
                } else {
                  writing.execute(BlockOperation.FLUSH, 0, 0, 0);
                }
              }
              writing.close();
              done.set(true);
              return null;
            });
    SplittableRandom random = Seeds.random("reuse reader");
    int reads = 0;
    try (QueueDriver reading = new QueueDriver(device, 8)) {
      while (!done.get() && !writer.isDone()) {
        int cluster = random.nextInt(CLUSTERS);
        byte[] bytes = reading.read((long) cluster * CLUSTER, CLUSTER);
        for (int i = 0; i < CLUSTER; i += 8) {
          long owner = BigEndian.getInt(bytes, i);
          assertTrue(owner == 0 || owner == cluster + 1, cluster + " shows " + (owner - 1));
        }
        reads++;
      }
    }
    await(writer);
    assertTrue(reads > 0);
    checkAndClose(device);
  }

  @Test
  void shouldGoOnWhenTheFirstQueuesThreadDoesNothing() throws Exception {
    Qcow2Device device = image(new MemoryDevice(8 << 20));
    QueueDriver first = new QueueDriver(device, 4);
    first.submit(new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(1));
    try (QueueDriver second = new QueueDriver(device, 4)) {
      for (int cluster = 0; cluster < 20; cluster++) {
        second.write((long) cluster * CLUSTER, sector(cluster, 1));
      }
    }
    first.close();
    assertEquals(0, first.result(1));
    checkAndClose(device);
  }

  @Test
  void shouldLetQueuesComeAndGoUnderLoad() throws Exception {
    Qcow2Device device = image(new SimulatedBlockDevice(8 << 20, Seeds.SEED));
    AtomicBoolean done = new AtomicBoolean();
    QueueDriver steady = new QueueDriver(device, 4);
    steady.moveOut();
    Future<Void> load =
        start(
            () -> {
              steady.moveIn();
              for (int i = 0; !done.get(); i++) {
                int cluster = i % 256;
                steady.write((long) cluster * CLUSTER, sector(cluster, i));
              }
              steady.close();
              return null;
            });
    for (int round = 0; round < 30; round++) {
      try (QueueDriver passing = new QueueDriver(device, 2)) {
        for (int i = 0; i < 5; i++) {
          int cluster = 256 + (round * 5 + i) % 256;
          passing.write((long) cluster * CLUSTER, sector(cluster, 1));
        }
      }
    }
    done.set(true);
    await(load);
    checkAndClose(device);
  }

  @Test
  void shouldMakeDurableOnOneQueueWhatAnotherHasWritten() throws Exception {
    SimulatedBlockDevice file = new SimulatedBlockDevice(0, Seeds.SEED).growable(true);
    Qcow2Device device = image(file);
    byte[] bytes = sector(7, 1);
    QueueDriver zero = new QueueDriver(device, 1);
    QueueDriver one = new QueueDriver(device, 1);
    zero.write(7 * CLUSTER, bytes);
    assertEquals(0, one.execute(BlockOperation.FLUSH, 0, 0, 0));
    file.cutPower();
    for (int outcome = 0; outcome < 20; outcome++) {
      Qcow2Device after = new Qcow2Device(file.afterPowerCut(outcome), ImageOptions.DEFAULT);
      after.activate();
      try (QueueDriver queue = new QueueDriver(after, 1)) {
        Patterns.assertSame(bytes, queue.read(7 * CLUSTER, SECTOR), "outcome " + outcome);
      }
      after.close();
    }
    zero.close();
    one.close();
  }

  @Test
  void shouldEndCancelledRequestsAndServeTheNextQueue() throws Exception {
    SimulatedBlockDevice file = new SimulatedBlockDevice(8 << 20, Seeds.SEED);
    Qcow2Device device = image(file);
    file.hold(request -> request.operation() == BlockOperation.WRITE);
    QueueDriver stuck = new QueueDriver(device, 8);
    Patterns.Native memory = new Patterns.Native(8 * CLUSTER, 4096);
    try (IoVector vector = IoVector.of(memory.address(), 8 * CLUSTER)) {
      for (int i = 0; i < 8; i++) {
        stuck.submit(
            new BlockRequest()
                .set(BlockOperation.WRITE, i * 3L * CLUSTER, CLUSTER, 0)
                .memory(vector, (long) i * CLUSTER)
                .tag(i));
      }
      stuck.poll();
      stuck.queue().cancel();
      stuck.drain();
    }
    stuck.close();
    file.release();
    try (QueueDriver next = new QueueDriver(device, 2)) {
      next.write(0, sector(0, 1));
      Patterns.assertSame(sector(0, 1), next.read(0, SECTOR), "after the cancel");
    }
    checkAndClose(device);
  }
}
