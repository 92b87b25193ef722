package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import org.culebra.block.MemoryDevice;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.junit.jupiter.api.Test;

/** A ring that its driver broke, beside one that is well. */
class BrokenRingTest {
  private static final long CAPACITY_BYTES = 4 << 20;
  private static final long WATCHED_NS = 300_000_000L;

  private static void breakRing(FrontEnd frontEnd, int queue) {
    new RawChain(frontEnd, queue).descriptor(0, 1, 1, 0, 0).available(0);
    Await.until("the ring never broke", frontEnd.queue(queue)::isBroken);
  }

  private static long agentCpuNs() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("culebra-queues"))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }

  @Test
  void shouldTellTheFrontEndOnce() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      breakRing(frontEnd, 0);
      Guest guest = new Guest(frontEnd, 1);
      for (int i = 0; i < 100; i++) {
        guest.write(0, new byte[512]);
      }
      assertFalse(frontEnd.queue(0).isBroken(), "told again");
      assertEquals(1, disks.errors().size(), disks.errors()::toString);
    }
  }

  @Test
  void shouldLetItsAgentSleep() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      breakRing(frontEnd, 0);
      new Guest(frontEnd, 1).write(0, new byte[512]);
      long beforeNs = agentCpuNs();
      long endNs = System.nanoTime() + WATCHED_NS;
      while (System.nanoTime() < endNs) {
        Thread.onSpinWait();
      }
      assertTrue(agentCpuNs() - beforeNs < WATCHED_NS / 10, "the agent spins");
    }
  }

  @Test
  void shouldNameTheQueueOfAHeadThatIsInFlightAlready() throws Exception {
    SimulatedBlockDevice device = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    device.hold(request -> true);
    try (ServedDisks disks = ServedDisks.of(device);
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      long data = frontEnd.memory().guestAddress(frontEnd.memory().allocate(512));
      new RawChain(frontEnd, 0).read(0, data, 512).available(0, 0);
      Await.until("the ring never broke", frontEnd.queue(0)::isBroken);
      assertEquals(
          List.of("disk d0: queue 0 head 0: made available while still in flight: queue stopped"),
          disks.errors());
      device.release();
    }
  }
}
