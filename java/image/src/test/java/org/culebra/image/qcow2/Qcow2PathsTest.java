package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.RequestBatch;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.image.ImageOptions;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests become below: how many reads, in which order, and what happens when they fail. */
@Timeout(60)
class Qcow2PathsTest {
  private static final int CLUSTER = 65536;

  private final List<String> faults = new ArrayList<>();
  private SimulatedBlockDevice file;

  private Qcow2Device image(BlockDevice file, long size) throws IOException {
    file.activate();
    Qcow2Format.create(file, Qcow2CreateOptions.of(size));
    file.deactivate();
    Qcow2Device device = new Qcow2Device(file, ImageOptions.DEFAULT.withErrors(faults::add));
    device.activate();
    return device;
  }

  private Qcow2Device simulated() throws IOException {
    file = new SimulatedBlockDevice(0, Seeds.SEED).growable(true).delay(0);
    return image(file, 64 << 20);
  }

  private void checkAndClose(Qcow2Device device) throws IOException {
    device.deactivate();
    List<String> lines = new ArrayList<>();
    assertTrue(device.check(lines::add).isClean(), lines.toString());
    device.close();
  }

  @Test
  void shouldAllocateNothingOverWarmRequests() throws Exception {
    Qcow2Device device = image(new MemoryDevice(80 << 20), 64 << 20);
    try (QueueDriver filling = new QueueDriver(device, 1)) {
      filling.write(0, Patterns.bytes(Seeds.random("fill"), 32 << 20));
    }
    BlockQueue queue = device.openQueue(8);
    Patterns.Native memory = new Patterns.Native(8 * 4096, 4096);
    IoVector vector = IoVector.of(memory.address(), memory.sizeBytes());
    BlockRequest[] requests = new BlockRequest[8];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = new BlockRequest().tag(i);
    }
    SplittableRandom random = Seeds.random("warm");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    RequestBatch batch = new RequestBatch(8);
    CompletionBatch completions = new CompletionBatch(8);
    // The compiler's own transitions allocate a few bytes once; what allocates does in every round.
    long leastBytes = Long.MAX_VALUE;
    for (int round = 0; round < 10 && leastBytes > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      execute(queue, requests, vector, random, batch, completions);
      leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, leastBytes, "bytes allocated over 100,000 requests");
    queue.close();
    vector.close();
    checkAndClose(device);
  }

  /** 100,000 requests, four reads to one overwrite, 8 at a time. */
  private static void execute(
      BlockQueue queue,
      BlockRequest[] requests,
      IoVector vector,
      SplittableRandom random,
      RequestBatch batch,
      CompletionBatch completions) {
    for (int i = 0; i < 12500; i++) {
      batch.clear();
      for (int j = 0; j < requests.length; j++) {
        BlockOperation operation = j % 5 == 4 ? BlockOperation.WRITE : BlockOperation.READ;
        long offset = random.nextInt(32 << 20 >> 12) * 4096L;
        batch.add(requests[j].set(operation, offset, 4096, 0).memory(vector, j * 4096L));
      }
      queue.submit(batch);
      queue.dispatch();
      int left = requests.length;
      while (left > 0) {
        completions.clear();
        left -= queue.poll(completions);
      }
    }
  }

  @Test
  void shouldReadATablePageOnce() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(0, Patterns.bytes(Seeds.random("page"), 20 * CLUSTER));
    }
    device.deactivate();
    device.activate();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      file.resetCounts();
      queue.read(0, 4096);
      assertEquals(3, file.count(BlockOperation.READ), "L1 page, L2 page, data");
      queue.read(19 * CLUSTER, 4096);
      assertEquals(4, file.count(BlockOperation.READ), "data alone");
    }
    checkAndClose(device);
  }

  @Test
  void shouldMergeAdjacentClustersIntoOneRequest() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      byte[] bytes = Patterns.bytes(Seeds.random("merge"), 16 * CLUSTER);
      queue.write(0, bytes);
      file.resetCounts();
      Patterns.assertSame(bytes, queue.read(0, bytes.length), "read");
      assertEquals(1, file.count(BlockOperation.READ));
      queue.write(0, bytes);
      assertEquals(1, file.count(BlockOperation.WRITE));
    }
    checkAndClose(device);
  }

  @Test
  void shouldWriteDataThenRefcountsThenTables() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(0, Patterns.bytes(Seeds.random("order"), 4096));
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      file.record();
      queue.write(CLUSTER, Patterns.bytes(Seeds.random("order2"), 4096));
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
    }
    List<String> order = new ArrayList<>();
    for (SimulatedBlockDevice.Event event : file.events()) {
      order.add(event.operation() + " " + event.offsetBytes() / CLUSTER);
    }
    // Cluster 2 is the refcount block, 4 the L2 table, 6 the second one of data.
    assertEquals(List.of("WRITE 6", "WRITE 2", "FLUSH 0", "WRITE 4", "FLUSH 0"), order);
    checkAndClose(device);
  }

  @Test
  void shouldFlushOnceWhenNoTableChanged() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      byte[] bytes = Patterns.bytes(Seeds.random("once"), 4096);
      queue.write(0, bytes);
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      queue.write(0, bytes);
      file.resetCounts();
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      assertEquals(1, file.count(BlockOperation.FLUSH));
      assertEquals(0, file.count(BlockOperation.WRITE));
    }
    checkAndClose(device);
  }

  @Test
  void shouldFailOneReadWhenATableCantBeReadAndTryAgain() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      file.failNext(BlockOperation.READ, Errno.EIO);
      Patterns.Native memory = new Patterns.Native(4096, 4096);
      try (IoVector vector = IoVector.of(memory.address(), 4096)) {
        BlockRequest read = new BlockRequest().set(BlockOperation.READ, 0, 4096, 0);
        assertEquals(-Errno.EIO, queue.execute(read.memory(vector, 0)));
      }
      Patterns.assertZero(queue.read(0, 4096), "the second time");
    }
    checkAndClose(device);
  }

  @Test
  void shouldNotWriteBeforeTheAutoclearBitsAreCleared() throws Exception {
    Qcow2Device device = simulated();
    device.deactivate();
    file.poke(95, new byte[] {4});
    device.activate();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      byte[] bytes = Patterns.bytes(Seeds.random("autoclear"), 4096);
      file.failNext(BlockOperation.WRITE, Errno.EIO);
      assertEquals(-Errno.EIO, queue.write(0, bytes, 0));
      file.failNext(BlockOperation.FLUSH, Errno.EIO);
      assertEquals(-Errno.EIO, queue.write(0, bytes, 0));
      file.record();
      queue.write(0, bytes);
      assertEquals(0, file.events().getFirst().offsetBytes(), "the header first, again");
      assertEquals(0, file.content(95, 1)[0]);
    }
    checkAndClose(device);
  }

  @Test
  void shouldGiveBackTheClusterOfAWriteThatFailed() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      byte[] bytes = Patterns.bytes(Seeds.random("failed"), 4096);
      queue.write(0, bytes);
      file.failNext(BlockOperation.WRITE, Errno.EIO);
      assertEquals(-Errno.EIO, queue.write(5 * CLUSTER, bytes, 0));
      Patterns.assertZero(queue.read(5 * CLUSTER, 4096), "what was not written");
      queue.write(5 * CLUSTER, bytes);
      Patterns.assertSame(bytes, queue.read(5 * CLUSTER, 4096), "the second time");
    }
    checkAndClose(device);
  }

  /** In turn: the refcount block, the first flush, the L2 table, the second flush. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void shouldFailTheFlushAndKeepTheTablesWhenTheyCantBeWritten(int place) throws Exception {
    Qcow2Device device = simulated();
    byte[] bytes = Patterns.bytes(Seeds.random("flush"), 4096);
    QueueDriver queue = new QueueDriver(device, 1);
    queue.write(0, bytes);
    queue.execute(BlockOperation.FLUSH, 0, 0, 0);
    queue.write(3L * CLUSTER, bytes);
    int[] seen = {0};
    file.failWhile(
        request -> request.operation() != BlockOperation.READ && seen[0]++ == place, Errno.EIO);
    assertEquals(-Errno.EIO, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    file.failWhile(request -> false, 0);
    assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    file.cutPower();
    queue.close();
    for (int outcome = 0; outcome < 10; outcome++) {
      Qcow2Device after = new Qcow2Device(file.afterPowerCut(outcome), ImageOptions.DEFAULT);
      after.activate();
      try (QueueDriver reading = new QueueDriver(after, 1)) {
        Patterns.assertSame(bytes, reading.read(3L * CLUSTER, 4096), "outcome " + outcome);
      }
      checkAndClose(after);
    }
  }

  private BlockRequest write(int tag, long offset, Patterns.Native memory, byte[] bytes) {
    memory.put(0, bytes);
    return new BlockRequest()
        .set(BlockOperation.WRITE, offset, bytes.length, 0)
        .memory(IoVector.of(memory.address(), bytes.length), 0)
        .tag(tag);
  }

  private static byte[] pattern(int value, int length) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /** Polls so often that everything that isn't held has happened. */
  private static void settle(QueueDriver queue) {
    for (int i = 0; i < 50; i++) {
      queue.poll();
    }
  }

  @Test
  void shouldQueueWritesOnTheAllocationOfTheirCluster() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      queue.write(8 * CLUSTER, pattern(9, 512));
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      file.hold(request -> request.operation() == BlockOperation.WRITE);
      queue.submit(write(1, 0, new Patterns.Native(512, 8), pattern(1, 512)));
      settle(queue);
      queue.submit(write(2, 512, new Patterns.Native(512, 8), pattern(2, 512)));
      settle(queue);
      file.release();
      queue.drain();
      Patterns.assertSame(pattern(1, 512), queue.read(0, 512), "the first write");
      Patterns.assertSame(pattern(2, 512), queue.read(512, 512), "the second write");
    }
    checkAndClose(device);
  }

  @Test
  void shouldNotReuseAClusterBeforeItsLossIsDurable() throws Exception {
    Qcow2Device device = simulated();
    QueueDriver queue = new QueueDriver(device, 4);
    queue.write(0, pattern(1, CLUSTER));
    queue.execute(BlockOperation.FLUSH, 0, 0, 0);
    queue.execute(BlockOperation.DISCARD, 0, CLUSTER, 0);
    file.hold(request -> request.operation() == BlockOperation.FLUSH);
    queue.submit(new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(1));
    settle(queue);
    queue.submit(write(2, 5 * CLUSTER, new Patterns.Native(CLUSTER, 8), pattern(2, CLUSTER)));
    queue.await(2);
    file.cutPower();
    queue.drain();
    queue.close();
    for (int outcome = 0; outcome < 20; outcome++) {
      try (Qcow2Device after = new Qcow2Device(file.afterPowerCut(outcome), ImageOptions.DEFAULT)) {
        after.activate();
        try (QueueDriver reading = new QueueDriver(after, 1)) {
          byte first = reading.read(0, 512)[0];
          assertTrue(first == 0 || first == 1, "outcome " + outcome + ": " + first);
        }
      }
    }
  }

  @Test
  void shouldNotReuseAClusterUnderAReadInFlight() throws Exception {
    Qcow2Device device = simulated();
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      queue.write(0, pattern(1, CLUSTER));
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      file.hold(
          request ->
              request.operation() == BlockOperation.READ && request.lengthBytes() == CLUSTER);
      Patterns.Native memory = new Patterns.Native(CLUSTER, 8);
      queue.submit(
          new BlockRequest()
              .set(BlockOperation.READ, 0, CLUSTER, 0)
              .memory(IoVector.of(memory.address(), CLUSTER), 0)
              .tag(1));
      settle(queue);
      queue.submit(new BlockRequest().set(BlockOperation.DISCARD, 0, CLUSTER, 0).tag(2));
      queue.await(2);
      queue.submit(new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(3));
      queue.await(3);
      settle(queue);
      queue.submit(write(4, 5 * CLUSTER, new Patterns.Native(CLUSTER, 8), pattern(2, CLUSTER)));
      queue.await(4);
      file.release();
      queue.drain();
      Patterns.assertSame(pattern(1, CLUSTER), memory.get(0, CLUSTER), "the read's bytes");
    }
    checkAndClose(device);
  }
}
