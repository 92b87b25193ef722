package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.RequestBatch;
import org.culebra.block.Seeds;
import org.culebra.linux.IoVector;
import org.culebra.storage.Lines;
import org.culebra.storage.ServerProcess;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.node.NodeRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** C7: payload moves between the socket and the request's memory, and nothing is allocated. */
@Timeout(120)
class DirectMemoryTest {
  private static final int DEPTH = 32;
  private static final int BLOCK_BYTES = 4096;
  private static final int REQUESTS = 100_000;

  /** The compiler decides when it is warm; what allocates per request does so in every round. */
  private static final int ROUNDS_MAX = 8;

  // C7. The vector's segments lie in one region, as a guest's do, each in a page of its own.
  @Test
  void shouldMovePayloadsWithoutACopy() throws Exception {
    Lines lines = new Lines();
    try (ServerProcess server = ServerProcess.nbdkit("memory", "16M");
        NbdDevice device = new NbdDevice(server.target(""), TargetOptions.of(lines))) {
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, DEPTH)) {
        Canary[] memories = new Canary[DEPTH];
        BlockRequest[] requests = new BlockRequest[DEPTH];
        byte[] pattern = Patterns.bytes(Seeds.random("C7"), 16 * BLOCK_BYTES);
        for (int round = 0; round < 20; round++) {
          BlockOperation operation = round % 2 == 0 ? BlockOperation.WRITE : BlockOperation.READ;
          for (int i = 0; i < DEPTH; i++) {
            memories[i] = new Canary(16, BLOCK_BYTES);
            memories[i].put(round % 2 == 0 ? pattern : new byte[pattern.length]);
            requests[i] = new BlockRequest();
            requests[i].set(operation, (long) i * pattern.length, pattern.length, 0);
            requests[i].memory(memories[i].vector(), 0).tag(i);
          }
          queue.submit(requests);
          queue.drain();
          for (Canary memory : memories) {
            Patterns.assertSame(pattern, memory.bytes(), operation + " in round " + round);
            memory.assertSurroundingsUntouched();
          }
        }
        assertEquals(0, ((NbdQueue) queue.queue()).copiedBytes());
      }
      lines.assertNone();
    }
  }

  @Test
  void shouldAllocateNothingOnceWarm() throws Exception {
    Lines lines = new Lines();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (NodeRunner node = new NodeRunner(new MemoryDevice(1 << 20));
        NbdDevice device = new NbdDevice(node.target(), TargetOptions.of(lines))) {
      device.activate();
      try (BlockQueue queue = device.openQueue(DEPTH);
          IoVector memory =
              IoVector.of(new Patterns.Native(BLOCK_BYTES, 4096).address(), BLOCK_BYTES)) {
        Load load = new Load(queue, memory);
        long fewest = Long.MAX_VALUE;
        long fewestOfNode = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS_MAX && Math.max(fewest, fewestOfNode) > 0; round++) {
          long nodeBefore = threads.getThreadAllocatedBytes(node.threadId());
          long before = threads.getCurrentThreadAllocatedBytes();
          load.run(REQUESTS);
          long bytes = threads.getCurrentThreadAllocatedBytes() - before;
          long nodeBytes = threads.getThreadAllocatedBytes(node.threadId()) - nodeBefore;
          fewest = Math.min(fewest, bytes);
          fewestOfNode = Math.min(fewestOfNode, nodeBytes);
        }
        assertEquals(0, fewest, "bytes by the client");
        assertEquals(0, fewestOfNode, "bytes by the node");
        assertEquals(0, load.errors);
        assertEquals(0, ((NbdQueue) queue).copiedBytes());
      }
    }
  }

  /** Reads and writes of a block each, {@link #DEPTH} in flight. */
  private static final class Load {
    private final BlockQueue queue;
    private final RequestBatch batch = new RequestBatch(DEPTH);
    private final CompletionBatch completions = new CompletionBatch(DEPTH);
    private final BlockRequest[] requests = new BlockRequest[DEPTH];
    private int errors;

    Load(BlockQueue queue, IoVector memory) {
      this.queue = queue;
      for (int i = 0; i < DEPTH; i++) {
        BlockOperation operation = i % 2 == 0 ? BlockOperation.READ : BlockOperation.WRITE;
        requests[i] = new BlockRequest().set(operation, (long) i * BLOCK_BYTES, BLOCK_BYTES, 0);
        requests[i].memory(memory, 0).tag(i);
      }
    }

    void run(int count) {
      int submitted = 0;
      int completed = 0;
      batch.clear();
      for (; submitted < DEPTH; submitted++) {
        batch.add(requests[submitted]);
      }
      long deadlineNs = System.nanoTime() + 60_000_000_000L;
      while (completed < count) {
        queue.submit(batch);
        queue.dispatch();
        batch.clear();
        completions.clear();
        completed += queue.poll(completions);
        for (int i = 0; i < completions.count(); i++) {
          errors += completions.result(i) == 0 ? 0 : 1;
          if (submitted < count) {
            batch.add(requests[(int) completions.tag(i)]);
            submitted++;
          }
        }
        assertTrue(System.nanoTime() < deadlineNs, "never ends");
      }
    }
  }
}
