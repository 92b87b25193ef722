package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.culebra.block.BlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An NBD server that stands still when a disk is to be drained: the bound holds all the same. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoppedServerTest {
  private static final String SIZE = "16M";
  private static final long FILE_BYTES = 32 << 20;

  @TempDir private Path directory;
  private Process server;

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), () -> String.join(" ", command));
    assertEquals(0, process.exitValue(), () -> String.join(" ", command));
  }

  private void signal(String name) throws Exception {
    run("kill", "-" + name, Long.toString(server.pid()));
  }

  /** Serves an image by qemu-nbd, and opens it. */
  private BlockDevice open(String format) throws Exception {
    Path image = directory.resolve("image");
    Path socket = directory.resolve("nbd.sock");
    run("qemu-img", "create", "-f", format, image.toString(), SIZE);
    // An export doesn't grow: the image's clusters need their place from the beginning.
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(FILE_BYTES);
    }
    Path listens = directory.resolve("nbd.pid");
    server =
        new ProcessBuilder(
                "qemu-nbd",
                "-t",
                "-e",
                "8",
                "-f",
                "raw",
                "--pid-file=" + listens,
                "-k",
                socket.toString(),
                image.toString())
            .inheritIO()
            .start();
    Await.until("qemu-nbd doesn't listen", () -> Files.exists(listens));
    String target = "nbd+unix:///?socket=" + socket;
    DiskOptions options =
        new DiskOptions(
            ServedDisks.DISK, directory.resolve("s"), -1, target, format, false, 8, 128, "", false);
    return new TargetStack(Threads.workers(), line -> {}).open(options);
  }

  @AfterEach
  void endServer() throws IOException {
    server.destroyForcibly();
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void shouldEndWithRequestsInFlight(String format) throws Exception {
    try (ServedDisks disks = ServedDisks.of(open(format))) {
      FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2));
      new Guest(frontEnd, 1).write(0, new byte[4096]);
      Guest guest = new Guest(frontEnd, 0);
      signal("STOP");
      assertTrue(guest.queue().write(8, frontEnd.memory().allocate(512), 512, 0, 0));
      guest.queue().submit();
      disks.backend().requestStop();
      assertEquals(1, disks.backend().awaitEnd(), disks.errors()::toString);
      signal("CONT");
      frontEnd.disconnect();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void shouldEndWithBytesThatWereNotFlushed(String format) throws Exception {
    try (ServedDisks disks = ServedDisks.of(open(format))) {
      FrontEnd frontEnd = disks.connect(new FrontEndOptions());
      new Guest(frontEnd, 0).write(0, new byte[4096]);
      signal("STOP");
      long startNs = System.nanoTime();
      disks.backend().requestStop();
      assertEquals(1, disks.backend().awaitEnd(), disks.errors()::toString);
      assertTrue(System.nanoTime() - startNs < 5_000_000_000L, "the bound didn't hold");
      signal("CONT");
      frontEnd.disconnect();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void shouldServeAgainWhenTheServerGoesOn(String format) throws Exception {
    try (ServedDisks disks = ServedDisks.of(open(format));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      Guest other = new Guest(frontEnd, 1);
      other.write(64, Guest.pattern(1, 4096));
      other.flush();
      Guest guest = new Guest(frontEnd, 0);
      signal("STOP");
      assertTrue(guest.queue().write(8, frontEnd.memory().allocate(512), 512, 0, 0));
      guest.queue().submit();
      Await.until("it never came", () -> guest.queue().inFlight() == 1);
      for (int i = 0; i < 2; i++) {
        frontEnd.queue(i).enable(false);
      }
      for (int i = 0; i < 2; i++) {
        frontEnd.queue(i).stop();
      }
      signal("CONT");
      for (int i = 0; i < 2; i++) {
        frontEnd.queue(i).start();
        frontEnd.queue(i).enable(true);
      }
      frontEnd.sync();
      assertArrayEquals(Guest.pattern(1, 4096), other.read(64, 4096));
      other.write(128, Guest.pattern(2, 4096));
      assertArrayEquals(Guest.pattern(2, 4096), other.read(128, 4096));
    }
  }
}
