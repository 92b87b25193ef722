package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;

/** Chapter 5 of the contract: ending what is in flight. */
abstract class CancelContract extends WaitContract {
  private static final int DEPTH = 32;

  @Test
  void shouldCompleteEachCancelledRequestOnce() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    IoVector vector = vector(DEPTH * unit);
    for (int round = 0; round < 20; round++) {
      QueueDriver queue = new QueueDriver(device, DEPTH);
      BlockOperation operation = round % 2 == 0 ? BlockOperation.READ : BlockOperation.WRITE;
      BlockRequest[] requests = requests(operation, DEPTH, unit, vector);
      queue.submit(requests);
      queue.queue().cancel();
      queue.drain();
      for (BlockRequest request : requests) {
        assertTrue(queue.result(request.tag()) <= 0);
      }
      queue.close();
    }
    assertEquals(0, queue(device, 1).execute(BlockOperation.FLUSH, 0, 0, 0));
  }

  @Test
  void shouldCancelWhatWasNotDispatched() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    QueueDriver queue = queue(device, 4);
    RequestBatch batch = new RequestBatch(4);
    for (BlockRequest read : requests(BlockOperation.READ, 4, unit, vector(4 * unit))) {
      batch.add(read);
    }
    queue.queue().submit(batch);
    queue.queue().cancel();
    CompletionBatch completions = new CompletionBatch(8);
    long deadlineNs = System.nanoTime() + 10_000_000_000L;
    while (queue.queue().inflight() > 0) {
      assertTrue(System.nanoTime() < deadlineNs, "never complete");
      queue.queue().poll(completions);
    }
    assertEquals(4, completions.count());
  }

  @Test
  void shouldNotTouchMemoryOnceACancelledReadCompleted() throws Exception {
    BlockDevice device = device();
    int unit = unit(device);
    QueueDriver filling = queue(device, 1);
    filling.write(0, bytes(DEPTH * unit));
    IoVector vector = vector(DEPTH * unit);
    byte[] marker = bytes(DEPTH * unit);
    QueueDriver queue = queue(device, DEPTH);
    queue.submit(requests(BlockOperation.READ, DEPTH, unit, vector));
    queue.queue().cancel();
    queue.drain();
    Patterns.put(vector, 0, marker);
    long untilNs = System.nanoTime() + 30_000_000L;
    while (System.nanoTime() < untilNs) {
      queue.poll();
    }
    Patterns.assertSame(marker, Patterns.get(vector, 0, marker.length), "memory after cancel");
  }

  @Test
  void shouldLeaveOtherQueuesAlone() throws Exception {
    BlockDevice device = device();
    org.junit.jupiter.api.Assumptions.assumeTrue(
        device.capabilities().queuesMax() > 1, "has one queue");
    int unit = unit(device);
    QueueDriver cancelled = queue(device, 4);
    QueueDriver other = queue(device, 4);
    BlockRequest[] reads = requests(BlockOperation.READ, 4, unit, vector(4 * unit));
    cancelled.submit(requests(BlockOperation.READ, 4, unit, vector(4 * unit)));
    other.submit(reads);
    cancelled.queue().cancel();
    other.drain();
    cancelled.drain();
    for (BlockRequest read : reads) {
      assertEquals(0, other.result(read.tag()));
    }
  }

  @Test
  void shouldCancelWithNothingInFlight() throws Exception {
    QueueDriver queue = queue(device(), 4);
    queue.queue().cancel();
    assertEquals(0, queue.poll());
  }
}
