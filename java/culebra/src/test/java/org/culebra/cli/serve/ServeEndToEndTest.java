package org.culebra.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogReader;
import org.culebra.cli.CommandLineRun;
import org.culebra.cli.RunningCommand;
import org.culebra.linux.Signals;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Serve, bench and the control socket together: a disk from its options to its percentiles. */
@Timeout(60)
class ServeEndToEndTest {
  private static final long DISK_BYTES = 1 << 20;

  @TempDir private Path directory;
  private RunningCommand running;

  @AfterEach
  void end() throws Exception {
    if (running != null) {
      running.endIfRunning();
    }
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private CommandLineRun bench(String... options) {
    String[] all = new String[options.length + 4];
    System.arraycopy(options, 0, all, 4, options.length);
    System.arraycopy(
        new String[] {"bench", "--socket-path", path("s"), "--runtime=0.3"}, 0, all, 0, 4);
    return CommandLineRun.of(all);
  }

  private RunningCommand serve(String target, String... more) {
    String[] all = new String[more.length + 3];
    System.arraycopy(more, 0, all, 3, more.length);
    all[0] = "serve";
    all[1] = "--disk=name=d0,socket=" + path("s") + ",target=" + target;
    all[2] = "--control=" + path("c");
    running = RunningCommand.startedWhen("disk d0: listening on ", all);
    return running;
  }

  private CommandLineRun stop(RunningCommand serve) throws Exception {
    CommandLineRun stop = CommandLineRun.of("stop", "--control", path("c"));
    assertEquals(new CommandLineRun(0, "all disks: stopped, drained\n", ""), stop);
    return serve.awaitEnd();
  }

  @Test
  void shouldServeADiskAndTellItsLatencies() throws Exception {
    RunningCommand serve = serve("memory:1M", "--hdr-log=" + path("a.hlog"));
    CommandLineRun bench = bench("--rw=randrw", "--verify", "--iodepth=8", "--queues=2");
    assertEquals(0, bench.code(), bench.err());
    assertTrue(
        bench.out().contains("0 were never written\n") || bench.out().contains("verified: "));
    CommandLineRun list = CommandLineRun.of("list", "--control", path("c"));
    assertTrue(list.out().contains("memory:1048576"), list.out());
    assertTrue(list.out().contains("listening"), list.out());
    CommandLineRun latency =
        CommandLineRun.of("latency", "--control", path("c"), "--per-queue", "d0");
    assertTrue(latency.out().contains("\nd0    1      write "), latency.out());
    CommandLineRun ended = stop(serve);
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().startsWith("disk d0: listening on " + path("s") + ", "), ended.out());
    assertTrue(ended.out().contains("\ndisk  operation  count  us: min"), ended.out());
    assertTrue(ended.out().contains("\nd0    flush "), ended.out());
    assertEquals(Set.of("d0.flush", "d0.read", "d0.write"), tags());
    assertFalse(Files.exists(Path.of(path("c"))));
  }

  private Set<String> tags() throws IOException {
    Set<String> tags = new TreeSet<>();
    try (HistogramLogReader reader = new HistogramLogReader(path("a.hlog"))) {
      for (EncodableHistogram next = reader.nextIntervalHistogram();
          next != null;
          next = reader.nextIntervalHistogram()) {
        tags.add(next.getTag());
      }
    }
    return tags;
  }

  @Test
  void shouldShowTheTableOnSigusr1AndEndOnSigterm() throws Exception {
    RunningCommand serve = serve("null:1G");
    bench("--iodepth=4", "--poll");
    long self = ProcessHandle.current().pid();
    Signals.send(self, Signals.SIGUSR1);
    serve.awaitOutput("\nd0    read ");
    Signals.send(self, Signals.SIGTERM);
    CommandLineRun ended = serve.awaitEnd();
    assertEquals(0, ended.code(), ended.err());
    assertEquals(3, ended.out().split("\nd0    read ", -1).length, "shown twice: " + ended.out());
  }

  @Test
  void shouldFindAByteThatWasChangedBehindTheBackEnd() throws Exception {
    Path file = Files.write(directory.resolve("disk.raw"), new byte[(int) DISK_BYTES]);
    RunningCommand serve = serve(file.toString());
    // As many blocks as requests in flight: each is written and read, however short the time.
    CommandLineRun write = bench("--rw=write", "--verify", "--seed=7", "--size=32k", "--iodepth=8");
    assertEquals(0, write.code(), write.err());
    CommandLineRun read = bench("--rw=read", "--verify", "--seed=7", "--size=32k", "--iodepth=8");
    assertEquals(new CommandLineRun(0, read.out(), ""), read);
    assertTrue(read.out().contains(" and 0 read back are right, 0 were never written"), read.out());
    alterByte(file, 4096 + 100);
    CommandLineRun found = bench("--rw=read", "--verify", "--seed=7", "--size=32k", "--iodepth=8");
    assertEquals(1, found.code());
    assertTrue(
        found.err().startsWith("culebra: offset 4096: expected any generation of seed 7, found"),
        found.err());
    assertTrue(found.err().contains(" with byte 100 wrong: "), found.err());
    assertEquals(0, stop(serve).code());
  }

  private static void alterByte(Path file, long offset) throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.seek(offset);
      int before = disk.read();
      disk.seek(offset);
      disk.write(before ^ 1);
      disk.getFD().sync();
    }
  }

  @Test
  void shouldRefuseToWriteAReadOnlyDisk() throws Exception {
    Path file = Files.write(directory.resolve("disk.raw"), new byte[(int) DISK_BYTES]);
    RunningCommand serve = serve(file + ",read-only=on");
    assertEquals(
        new CommandLineRun(1, "", "culebra: " + path("s") + ": the disk is read-only\n"),
        bench("--rw=randwrite"));
    assertEquals(0, bench("--rw=randread").code());
    CommandLineRun tooLarge = bench("--size=2M");
    assertEquals(
        new CommandLineRun(2, "", "culebra: --size 2097152: the disk has 1048576 bytes\n"),
        tooLarge);
    CommandLineRun ended = stop(serve);
    assertTrue(ended.out().contains(", 1 MiB, read-only\n"), ended.out());
  }

  @Test
  void shouldServeQcow2ThatChecksCleanAfterwards() throws Exception {
    String image = path("disk.qcow2");
    CommandLineRun create = CommandLineRun.of("image", "create", "-q", "-f", "qcow2", image, "1M");
    assertEquals(new CommandLineRun(0, "", ""), create);
    RunningCommand serve = serve(image + ",format=qcow2");
    CommandLineRun bench = bench("--rw=randrw", "--verify", "--iodepth=4");
    assertEquals(0, bench.code(), bench.err());
    CommandLineRun locked = CommandLineRun.of("image", "check", image);
    assertEquals(1, locked.code(), locked.out());
    assertTrue(locked.err().contains("lock"), locked.err());
    assertEquals(0, stop(serve).code());
    CommandLineRun check = CommandLineRun.of("image", "check", image);
    assertEquals(0, check.code(), check.err());
    assertTrue(check.out().startsWith("No errors were found on the image.\n"), check.out());
  }

  @Test
  void shouldTellInOneLineWhatCantBeServed() throws IOException {
    String disk = "--disk=name=d0,socket=" + path("s") + ",target=";
    CommandLineRun missing = CommandLineRun.of("serve", disk + path("none"));
    assertEquals(1, missing.code());
    assertEquals("culebra: disk d0: " + path("none") + ": no such file (ENOENT)\n", missing.err());
    Files.writeString(directory.resolve("s"), "no socket");
    CommandLineRun inUse = CommandLineRun.of("serve", disk + "null:1M");
    assertEquals(1, inUse.code());
    assertTrue(inUse.err().startsWith("culebra: disk d0: listen " + path("s")), inUse.err());
    assertEquals(1, inUse.err().lines().count());
    CommandLineRun badLog =
        CommandLineRun.of("serve", disk + "null:1M", "--hdr-log=" + path("no/file"));
    assertEquals(
        new CommandLineRun(1, "", "culebra: " + path("no/file") + ": no such file or directory\n"),
        badLog);
  }

  @Test
  void shouldTellInOneLineThatNobodyListens() {
    CommandLineRun run = bench();
    assertEquals(1, run.code());
    assertEquals(
        "culebra: connect " + path("s") + ": ENOENT (No such file or directory)\n", run.err());
  }
}
