package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedQueueTest {
  private static final int SHARES = 3;

  /** More than the one queue takes at once, so that requests wait in their shares. */
  private static final int DEPTH = SharedQueue.DEPTH;

  private static final Waiter NOBODY =
      new Waiter() {
        @Override
        public void watch(int fd, int events) {}

        @Override
        public void unwatch(int fd) {}
      };

  private SimulatedBlockDevice device;
  private DeviceQueues queues;
  private final BlockQueue[] shares = new BlockQueue[SHARES];

  @BeforeEach
  void openShares() throws Exception {
    device = new SimulatedBlockDevice(1 << 20, 1).queuesMax(2).delay(3);
    device.activate();
    queues = new DeviceQueues(device);
    for (int i = 0; i < SHARES; i++) {
      shares[i] = queues.open(null, DEPTH);
      shares[i].attach(NOBODY);
    }
  }

  @AfterEach
  void closeAll() {
    for (BlockQueue share : shares) {
      share.detach();
      queues.close(share);
    }
    device.close();
  }

  private static RequestBatch flushes(int count) {
    RequestBatch batch = new RequestBatch(count);
    for (int tag = 0; tag < count; tag++) {
      batch.add(new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(tag));
    }
    return batch;
  }

  private BitSet drain(BlockQueue share, int result) {
    BitSet tags = new BitSet();
    CompletionBatch completions = new CompletionBatch(7);
    for (int polls = 0; share.inflight() > 0; polls++) {
      assertTrue(polls < 10_000, "requests never complete");
      completions.clear();
      share.poll(completions);
      for (int i = 0; i < completions.count(); i++) {
        int tag = (int) completions.tag(i);
        assertFalse(tags.get(tag), "tag " + tag + " came twice");
        assertEquals(result, completions.result(i));
        tags.set(tag);
      }
    }
    return tags;
  }

  private static void drainWhatever(BlockQueue share) {
    CompletionBatch completions = new CompletionBatch(DEPTH);
    for (int polls = 0; share.inflight() > 0; polls++) {
      assertTrue(polls < 10_000, "requests never complete");
      completions.clear();
      share.poll(completions);
    }
  }

  @Test
  void shouldGiveEachShareItsOwnCompletionsOnceWhenTheQueueIsFull() {
    for (BlockQueue share : shares) {
      share.submit(flushes(DEPTH));
      share.dispatch();
    }
    for (BlockQueue share : shares) {
      assertEquals(DEPTH, drain(share, 0).cardinality());
    }
    assertEquals(SHARES * DEPTH, device.count(BlockOperation.FLUSH));
  }

  @Test
  void shouldNotSleepOnCompletionsThatAnotherShareFetched() {
    shares[0].submit(flushes(1));
    shares[0].dispatch();
    shares[1].submit(flushes(1));
    shares[1].dispatch();
    drain(shares[1], 0);
    CompletionBatch none = new CompletionBatch(1);
    for (int i = 0; i < 10; i++) {
      shares[1].poll(none);
    }
    assertFalse(shares[0].prepareWait());
    assertEquals(1, drain(shares[0], 0).cardinality());
  }

  @Test
  void shouldCountItsTurnsSoThatTheyNeverOverflow() throws Exception {
    SharedQueue queue = new SharedQueue(device.openQueue(SharedQueue.DEPTH));
    BlockQueue[] others = {queue.share(1), queue.share(1)};
    for (BlockQueue share : others) {
      share.attach(NOBODY);
    }
    for (int i = 0; i < 10; i++) {
      others[0].poll(new CompletionBatch(1));
      assertTrue(queue.turn() < others.length, "turn " + queue.turn());
    }
    for (BlockQueue share : others) {
      share.detach();
      share.close();
    }
  }

  @Test
  void shouldCancelWaitingRequestsOfEveryShareWithTheQueue() {
    device.hold(request -> true);
    for (BlockQueue share : shares) {
      share.submit(flushes(DEPTH));
      share.dispatch();
    }
    shares[0].cancel();
    // The first share's fill the queue: each of the others' is still waiting for its turn.
    assertEquals(DEPTH, drain(shares[1], -Errno.ECANCELED).cardinality());
    assertEquals(DEPTH, drain(shares[2], -Errno.ECANCELED).cardinality());
    drainWhatever(shares[0]);
  }

  @Test
  void shouldOpenTheQueueAgainAfterTheLastShareWasClosed() throws Exception {
    for (int i = 0; i < SHARES; i++) {
      shares[i].detach();
      queues.close(shares[i]);
    }
    for (int i = 0; i < SHARES; i++) {
      shares[i] = queues.open(null, DEPTH);
      shares[i].attach(NOBODY);
    }
    shares[1].submit(flushes(1));
    shares[1].dispatch();
    assertEquals(1, drain(shares[1], 0).cardinality());
  }
}
