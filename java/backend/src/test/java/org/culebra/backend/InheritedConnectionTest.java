package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.culebra.block.MemoryDevice;
import org.culebra.linux.Fd;
import org.culebra.linux.Sockets;
import org.junit.jupiter.api.Test;

/** A disk on a connection that somebody else made. */
class InheritedConnectionTest {
  @Test
  void shouldEndTheProcessWhenTheOnlyFrontEndThatCanEverComeIsGone() throws Exception {
    int[] pair = Sockets.pair();
    List<String> errors = new CopyOnWriteArrayList<>();
    BackendOptions options = BackendOptions.defaults(errors::add);
    DiskOptions disk =
        new DiskOptions("d0", null, pair[0], "d0", "raw", false, 1, 128, "sn", false);
    try (Backend backend =
        Backend.start(
            new LinuxHost(), options, List.of(disk), any -> new MemoryDevice(1 << 20), null)) {
      Fd.close(pair[1]);
      assertEquals(0, backend.awaitEnd());
    }
    assertEquals(
        List.of("disk d0: the front-end on fd " + pair[0] + " is gone and nothing listens"),
        errors);
  }
}
