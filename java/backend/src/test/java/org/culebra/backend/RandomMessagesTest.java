package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Fd;
import org.junit.jupiter.api.Test;

/** Any message at any time, by seed: nothing hangs, leaks, or disturbs another disk. */
class RandomMessagesTest {
  private static final long CAPACITY_BYTES = 1 << 20;
  private static final long RUN_NS = 4_000_000_000L;
  private static final int MESSAGES = 60;

  /** What is said in one interval of the error log, in each of the two the run may touch. */
  private static final int LINES_MAX = 2 * (ErrorLog.LINES_PER_INTERVAL_MAX + 1);

  private static final String OTHER = "other";

  private static long mappings() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains(RandomMessages.MEMORY))
        .count();
  }

  private static long seed() {
    Long given = Long.getLong("seed");
    return given != null ? given : System.nanoTime();
  }

  @Test
  void shouldSurviveAnyMessagesAndGiveEverythingBack() throws Exception {
    long seed = seed();
    System.out.println("RandomMessagesTest: -Dseed=" + seed);
    SplittableRandom seeds = new SplittableRandom(seed);
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, new SimulatedBlockDevice(CAPACITY_BYTES, seed))
                .disk(OTHER, new SimulatedBlockDevice(CAPACITY_BYTES, seed))
                .agents(2)
                .start();
        FrontEnd other = disks.connect(OTHER, new FrontEndOptions().queueCount(2))) {
      Guest[] witnesses = {new Guest(other, 0), new Guest(other, 1)};
      witnesses[1].write(0, new byte[512]);
      int before = Fd.openCount();
      long endNs = System.nanoTime() + RUN_NS;
      for (int round = 0; System.nanoTime() < endNs; round++) {
        attack(disks, seeds.nextLong());
        Guest witness = witnesses[round % 2];
        witness.write(round % 8, Guest.pattern(round, 512));
        assertArrayEquals(Guest.pattern(round, 512), witness.read(round % 8, 512));
      }
      Await.until("still connected", () -> !disks.status(ServedDisks.DISK).connected());
      assertEquals(before, Fd.openCount());
      assertEquals(0, mappings());
      assertTrue(disks.errors().size() <= LINES_MAX, () -> disks.errors().size() + " lines");
      assertTrue(
          disks.errors().stream().noneMatch(line -> line.contains("internal error")),
          disks.errors()::toString);
      disks.connect(new FrontEndOptions()).close();
    }
  }

  private static void attack(ServedDisks disks, long seed) throws Exception {
    Path socket = disks.socket(ServedDisks.DISK);
    try (RandomMessages messages = new RandomMessages(seed);
        FrontEnd frontEnd = FrontEnd.connectOnly(socket, new FrontEndOptions())) {
      messages.run(frontEnd, MESSAGES);
    } catch (FrontEndException e) {
      assertTrue(e.getMessage().startsWith("send: E"), e::getMessage);
    }
  }
}
