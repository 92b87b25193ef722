package org.culebra.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.culebra.backend.Backend;
import org.culebra.backend.BackendOptions;
import org.culebra.backend.DiskOptions;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class BenchAllocationTest {
  private static final int DEPTH = 8;
  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 256;
  private static final long REQUESTS = 20_000;
  private static final long TIMEOUT_NS = 60_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path directory;

  @Test
  @Timeout(90)
  void shouldAllocateNothingWhileItLoadsAndVerifies() throws Exception {
    Path socket = directory.resolve("s");
    BenchOptions options =
        new BenchOptions(
            socket, BenchWorkload.RANDRW, BLOCK_BYTES, DEPTH, 1, 0, 1, false, true, 0, 7, null);
    try (Backend backend =
            Backend.start(
                BackendOptions.defaults(System.err::println),
                List.of(DiskOptions.of("d", socket, "memory:1M")),
                null);
        FrontEnd frontEnd =
            FrontEnd.connect(socket, new FrontEndOptions().queueSize(64).segmentsMax(1))) {
      assertEquals(1, backend.list().size());
      BenchPart part = new BenchPart(0, BLOCKS, BLOCK_BYTES);
      BlockVerifier verifier = new BlockVerifier(new BlockPattern(7, 1, BLOCK_BYTES), part, true);
      long buffers = frontEnd.memory().allocate((long) DEPTH * BLOCK_BYTES);
      BenchWorker worker =
          new BenchWorker(frontEnd.queue(0), options, part, buffers, true, verifier);
      frontEnd.start();
      Thread thread = Thread.ofPlatform().daemon().start(worker);
      // Until compiled, method handles make objects: wait for a stretch without any.
      awaitTrue(() -> allocatedBytes(thread, worker) == 0);
      assertEquals(0, allocatedBytes(thread, worker));
      worker.stopLoad();
      thread.join();
      assertNull(worker.failure());
      assertNull(worker.verified().mismatch());
      assertTrue(worker.verified().readBackBlocks() > 0);
    }
  }

  /** Returns what the worker's thread allocates during a stretch of requests. */
  private static long allocatedBytes(Thread thread, BenchWorker worker) {
    long before = THREADS.getThreadAllocatedBytes(thread.threadId());
    long end = worker.completions() + REQUESTS;
    awaitTrue(() -> worker.completions() >= end);
    return THREADS.getThreadAllocatedBytes(thread.threadId()) - before;
  }

  private static void awaitTrue(BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TIMEOUT_NS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, "not within 60 s");
      LockSupport.parkNanos(1_000_000);
    }
  }
}
