package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what the calling thread allocates on the heap. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int ROUNDS_MAX = 10;

  private Allocation() {}

  /**
   * Runs a task in rounds until one round allocates nothing; fails when none of them does.
   *
   * <p>The compiler's own transitions allocate a few bytes once; a task that allocates does so in
   * every round.
   */
  public static void assertNone(int times, Runnable task) {
    long leastBytes = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS_MAX && leastBytes > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      run(times, task);
      leastBytes = Math.min(leastBytes, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, leastBytes, "bytes allocated in " + times + " runs");
  }

  private static void run(int times, Runnable task) {
    for (int i = 0; i < times; i++) {
      task.run();
    }
  }
}
