package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.NullDevice;
import org.culebra.frontend.CompletionHandler;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.frontend.FrontEndQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data path allocates nothing once it is warm. */
class DataPathAllocationTest {
  private static final int CAPACITY_BYTES = 4 << 20;
  private static final int DEPTH = 32;
  private static final int ROUNDS = 5;
  private static final int BLOCK_BYTES = 4096;

  @TempDir private Path directory;

  @Test
  void shouldAllocateNothingOverAMillionRequestsToANullDevice() throws Exception {
    assertEquals(0, allocatedBytes(new NullDevice(CAPACITY_BYTES), 1_000_000));
  }

  @Test
  void shouldAllocateNothingOverAMillionRequestsToAFile() throws Exception {
    Path path = directory.resolve("disk");
    Files.write(path, new byte[CAPACITY_BYTES]);
    FileOptions buffered = FileOptions.DEFAULT.withDirect(FileOptions.Direct.OFF);
    assertEquals(0, allocatedBytes(FileDevice.open(path, buffered), 1_000_000));
  }

  private static long allocatedBytes(BlockDevice device, int requests) throws Exception {
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      FrontEndQueue queue = frontEnd.queue(0);
      long buffer = frontEnd.memory().allocate((long) DEPTH * BLOCK_BYTES);
      Load load = new Load(queue, buffer);
      load.run(200_000);
      // What runs rarely under load (falling asleep) is compiled late: the best of a few rounds.
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS && least > 0; round++) {
        least = Math.min(least, allocatedBytes(load, requests));
      }
      return least;
    }
  }

  private static long allocatedBytes(Load load, int requests) {
    long agent = agentThread();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(agent);
    load.run(requests);
    return threads.getThreadAllocatedBytes(agent) - before;
  }

  private static long agentThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("culebra-queues-"))
        .findFirst()
        .orElseThrow()
        .threadId();
  }

  /** Keeps a queue full; its own completion handler, so that nothing is captured in the loop. */
  private static final class Load implements CompletionHandler {
    private final FrontEndQueue queue;
    private final long buffer;
    private int completed;

    Load(FrontEndQueue queue, long buffer) {
      this.queue = queue;
      this.buffer = buffer;
    }

    void run(int requests) {
      completed = 0;
      for (int slot = 0; slot < DEPTH; slot++) {
        submit(slot);
      }
      while (completed < requests) {
        queue.submit();
        assertTrue(queue.await(Guest.TIMEOUT_NS));
        queue.poll(0, this);
      }
      queue.submit();
      while (queue.inFlight() > 0) {
        assertTrue(queue.await(Guest.TIMEOUT_NS));
        queue.poll(0, (tag, status, latencyNs) -> assertEquals(0, status));
      }
    }

    private void submit(long slot) {
      long sector = (completed * 8L + slot * 8) % (CAPACITY_BYTES / 512);
      long address = buffer + slot * BLOCK_BYTES;
      boolean taken =
          completed % 4 == 0
              ? queue.write(sector, address, BLOCK_BYTES, slot, 0)
              : queue.read(sector, address, BLOCK_BYTES, slot, 0);
      assertTrue(taken);
    }

    @Override
    public void onComplete(long tag, int status, long latencyNs) {
      assertEquals(0, status);
      completed++;
      submit(tag);
    }
  }
}
