package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;

/** Chapter 3 of the contract: many requests in flight, several queues, several threads. */
abstract class QueueContract extends ChangeContract {
  private static final int DEPTH = 64;

  /** Returns requests of a unit each, at unit 0, 1, 2 ..., with 64-bit tags. */
  final BlockRequest[] requests(BlockOperation operation, int count, int unit, IoVector vector) {
    BlockRequest[] requests = new BlockRequest[count];
    for (int i = 0; i < count; i++) {
      requests[i] = new BlockRequest().set(operation, (long) i * unit, unit, 0);
      requests[i].memory(vector, (long) i * unit).tag(random().nextLong() & ~0xffL | i);
    }
    return requests;
  }

  /** Returns memory that is never freed, so that it outlives whatever a broken device does. */
  static IoVector vector(int lengthBytes) {
    return IoVector.of(org.culebra.linux.Memory.allocate(lengthBytes, 4096), lengthBytes);
  }

  @Test
  void shouldReturnEachTagOnceWithAsManyInFlightAsTheDepth() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    IoVector vector = vector(DEPTH * unit);
    QueueDriver queue = queue(device, DEPTH);
    byte[] written = bytes(DEPTH * unit);
    Patterns.put(vector, 0, written);
    BlockRequest[] writes = requests(BlockOperation.WRITE, DEPTH, unit, vector);
    for (int round = 0; round < 20; round++) {
      queue.submit(writes);
      assertEquals(DEPTH, queue.queue().inflight());
      queue.drain();
      assertEquals(0, queue.queue().inflight());
    }
    for (BlockRequest write : writes) {
      assertEquals(0, queue.result(write.tag()), write.toString());
    }
    vector.zero(0, written.length);
    BlockRequest[] reads = requests(BlockOperation.READ, DEPTH, unit, vector);
    queue.submit(reads);
    queue.drain();
    needsData();
    Patterns.assertSame(written, Patterns.get(vector, 0, written.length), "all of them");
  }

  @Test
  void shouldTakeNewRequestsWhileOthersAreInFlight() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    IoVector vector = vector(DEPTH * unit);
    QueueDriver queue = queue(device, DEPTH);
    BlockRequest[] reads = requests(BlockOperation.READ, DEPTH, unit, vector);
    for (int i = 0; i < 500; i++) {
      BlockRequest request = reads[i % DEPTH];
      queue.await(request.tag());
      queue.submit(request.tag(((long) i << 32) + 1000 + i));
    }
    queue.drain();
    assertEquals(0, queue.outstanding());
  }

  @Test
  void shouldLeaveRequestsAsTheyWere() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    IoVector vector = vector(4 * unit);
    QueueDriver queue = queue(device, 1);
    BlockRequest request = new BlockRequest().set(BlockOperation.WRITE, unit, 2L * unit, 1);
    request.memory(vector, unit).tag(-5);
    assertEquals(0, queue.execute(request));
    assertEquals(BlockOperation.WRITE, request.operation());
    assertEquals(unit, request.offsetBytes());
    assertEquals(2L * unit, request.lengthBytes());
    assertEquals(1, request.flags());
    assertEquals(vector, request.memory());
    assertEquals(unit, request.memoryOffsetBytes());
    assertEquals(-5, request.tag());
    assertEquals(4L * unit, vector.lengthBytes());
  }

  @Test
  void shouldAppendNoMoreCompletionsThanTheBatchHasRoomFor() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    QueueDriver driver = queue(device, 8);
    BlockRequest[] reads = requests(BlockOperation.READ, 8, unit, vector(8 * unit));
    RequestBatch batch = new RequestBatch(8);
    for (BlockRequest read : reads) {
      batch.add(read);
    }
    BlockQueue queue = driver.queue();
    queue.submit(batch);
    queue.dispatch();
    CompletionBatch three = new CompletionBatch(3);
    int total = 0;
    long deadlineNs = System.nanoTime() + 10_000_000_000L;
    while (total < 8) {
      assertTrue(System.nanoTime() < deadlineNs, total + " completions came");
      three.clear();
      int count = queue.poll(three);
      assertEquals(count, three.count());
      total += count;
      assertEquals(8 - total, queue.inflight(), "counts what was not yet returned");
    }
    three.clear();
    assertEquals(0, queue.poll(three));
  }

  @Test
  void shouldSeeOnOneQueueWhatAnotherHasWritten() throws Exception {
    needsData();
    BlockDevice device = device();
    assumeTrue(device.capabilities().queuesMax() > 1, "has one queue");
    QueueDriver first = queue(device, 4);
    QueueDriver second = queue(device, 4);
    byte[] written = bytes(32 * unit(device));
    first.write(0, written);
    assertEquals(0, second.execute(BlockOperation.FLUSH, 0, 0, 0));
    Patterns.assertSame(written, second.read(0, written.length), "written on the other queue");
  }

  @Test
  void shouldRefuseMoreQueuesThanItCanHave() throws Exception {
    BlockDevice device = device();
    int queuesMax = device.capabilities().queuesMax();
    assumeTrue(queuesMax <= 16, "has no limit worth testing");
    for (int i = 0; i < queuesMax; i++) {
      queue(device, 1);
    }
    IOException e = assertThrows(IOException.class, () -> device.openQueue(1));
    assertTrue(e.getMessage().startsWith(device.name()), e.getMessage());
  }

  @Test
  void shouldServeTwoQueuesOnTwoThreads() throws Exception {
    BlockDevice device = device();
    assumeTrue(device.capabilities().queuesMax() > 1, "has one queue");
    int half = (int) (device.capacityBytes() / 2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Integer> first = threads.submit(hammer(device, 0, half, 1));
      Future<Integer> second = threads.submit(hammer(device, half, half, 2));
      assertEquals(200, first.get(30, TimeUnit.SECONDS));
      assertEquals(200, second.get(30, TimeUnit.SECONDS));
    }
  }

  /** Writes, flushes and reads back inside a part of the device on a queue of its own. */
  private Callable<Integer> hammer(BlockDevice device, int from, int length, int id) {
    java.util.SplittableRandom own = random().split();
    boolean compares = storesData();
    return () -> {
      int unit = unit(device);
      int rounds = 0;
      try (QueueDriver queue = new QueueDriver(device, 4)) {
        for (; rounds < 200; rounds++) {
          int size = (1 + own.nextInt(16)) * unit;
          int offset = from + own.nextInt((length - size) / unit) * unit;
          byte[] written = Patterns.bytes(own, size);
          queue.write(offset, written);
          byte[] read = queue.read(offset, size);
          Patterns.assertSame(compares ? written : read, read, "thread " + id);
        }
        assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
      }
      return rounds;
    };
  }

  @Test
  void shouldMoveToAnotherThreadWithRequestsInFlight() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    IoVector vector = vector(DEPTH * unit);
    byte[] written = bytes(DEPTH * unit);
    Patterns.put(vector, 0, written);
    BlockRequest[] writes = requests(BlockOperation.WRITE, DEPTH, unit, vector);
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      QueueDriver moving = new QueueDriver(device, DEPTH);
      for (int round = 0; round < 20; round++) {
        moving.submit(writes);
        moving.poll();
        moving.moveOut();
        other.submit(() -> drainHere(moving)).get(20, TimeUnit.SECONDS);
        moving.moveIn();
        assertEquals(0, moving.outstanding());
      }
      moving.close();
    }
    needsData();
    QueueDriver queue = queue(device, 1);
    Patterns.assertSame(written, queue.read(0, written.length), "after moving");
  }

  private static boolean drainHere(QueueDriver queue) throws IOException {
    queue.moveIn();
    queue.drain();
    queue.moveOut();
    return true;
  }
}
