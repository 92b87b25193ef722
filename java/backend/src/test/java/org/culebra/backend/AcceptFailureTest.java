package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.block.MemoryDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.Test;

/** A process that has no descriptor left for the front-end that wants to connect. */
class AcceptFailureTest {
  private static final int FAILURES = 1;

  /** Returns this machine, but that the first connections can't be accepted. */
  private static Host failing(AtomicInteger accepts) {
    LinuxHost linux = new LinuxHost();
    return (Host)
        Proxy.newProxyInstance(
            Host.class.getClassLoader(),
            new Class<?>[] {Host.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("accept") && accepts.incrementAndGet() <= FAILURES) {
                return -Errno.EMFILE;
              }
              try {
                return method.invoke(linux, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void shouldPauseAndThenServeIt() throws Exception {
    AtomicInteger accepts = new AtomicInteger();
    try (ServedDisks disks =
        new ServedDisks()
            .disk(ServedDisks.DISK, new MemoryDevice(1 << 20))
            .host(failing(accepts))
            .start()) {
      long startNs = System.nanoTime();
      try (FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
        new Guest(frontEnd, 0).write(0, new byte[512]);
      }
      assertTrue(System.nanoTime() - startNs > 900_000_000L, "no pause: the thread spins");
      assertEquals(List.of("disk d0: accept: EMFILE"), disks.errors());
    }
  }
}
