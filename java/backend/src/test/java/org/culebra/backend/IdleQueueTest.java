package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import org.culebra.block.BlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A queue without requests costs nothing, whatever the other queues of its image do. */
class IdleQueueTest {
  private static final long WATCHED_NS = 500_000_000L;

  @TempDir private Path directory;

  private static long cpuNs(String threadName) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().equals(threadName))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }

  private BlockDevice image() throws Exception {
    Path image = directory.resolve("image");
    Process process =
        new ProcessBuilder("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "16M")
            .inheritIO()
            .start();
    assertEquals(0, process.waitFor());
    DiskOptions options =
        new DiskOptions(
            ServedDisks.DISK,
            directory.resolve("s"),
            -1,
            image.toString(),
            "qcow2",
            false,
            8,
            128,
            "",
            false);
    return new TargetStack(Threads.workers(), line -> {}).open(options);
  }

  @Test
  void shouldLetItsAgentSleepWhileAnotherQueueIsBusy() throws Exception {
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, image())
                .agents(2)
                .pollMode(PollMode.WAIT)
                .start();
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      Guest busy = new Guest(frontEnd, 0);
      new Guest(frontEnd, 1).write(0, new byte[4096]);
      long beforeNs = cpuNs("culebra-queues-1");
      long startNs = System.nanoTime();
      int requests = 0;
      while (System.nanoTime() - startNs < WATCHED_NS) {
        busy.read(0, 4096);
        requests++;
      }
      long usedNs = cpuNs("culebra-queues-1") - beforeNs;
      assertTrue(usedNs < WATCHED_NS / 50, usedNs + " ns of " + requests + " requests");
    }
  }
}
