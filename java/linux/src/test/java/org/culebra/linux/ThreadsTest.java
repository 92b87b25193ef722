package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class ThreadsTest {
  private static int[] pinAndAsk(int cpu) throws LinuxException {
    Threads.pin(cpu);
    return Threads.allowedCpus();
  }

  @Test
  void shouldBindTheCallingThreadOnly() throws Exception {
    int[] before = Threads.allowedCpus();
    assertTrue(before.length > 0);
    int last = before[before.length - 1];
    FutureTask<int[]> pinned = new FutureTask<>(() -> pinAndAsk(last));
    Thread.ofPlatform().start(pinned).join();
    assertArrayEquals(new int[] {last}, pinned.get());
    assertArrayEquals(before, Threads.allowedCpus());
  }

  @Test
  void shouldNameTheProcessorThatCannotBeHad() {
    LinuxException e = assertThrows(LinuxException.class, () -> Threads.pin(8000));
    assertEquals("pin to cpu 8000: EINVAL (Invalid argument)", e.getMessage());
    assertThrows(LinuxException.class, () -> Threads.pin(-1));
    assertThrows(LinuxException.class, () -> Threads.pin(1 << 20));
  }
}
