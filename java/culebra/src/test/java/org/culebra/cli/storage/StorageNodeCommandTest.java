package org.culebra.cli.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.culebra.cli.CommandLineRun;
import org.culebra.cli.RunningCommand;
import org.culebra.linux.Signals;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StorageNodeCommandTest {
  private static final long SEED = Long.getLong("seed", 20);
  private static final int DISK_BYTES = 1 << 20;

  @TempDir private Path directory;
  private RunningCommand node;

  @AfterEach
  void end() throws Exception {
    if (node != null) {
      node.endIfRunning();
    }
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private String uri(String export) {
    return "nbd+unix:///" + export + "?socket=" + path("n");
  }

  @Test
  void shouldServeFilesAndImagesUntilSigterm() throws Exception {
    byte[] content = new byte[DISK_BYTES];
    new Random(SEED).nextBytes(content);
    Files.write(directory.resolve("a,b.raw"), content);
    CommandLineRun.of("image", "create", "-q", "-f", "qcow2", path("q"), "1M");
    node =
        RunningCommand.startedWhen(
            "export empty: ",
            "storage-node",
            "--listen=unix:" + path("n"),
            "full=" + path("a,,b.raw") + ",read-only=on",
            "image=" + path("q") + ",format=qcow2",
            "empty=memory:1M");
    CommandLineRun convert =
        CommandLineRun.of("image", "convert", "-n", "-f", "raw", uri("full"), uri("image"));
    assertEquals(new CommandLineRun(0, "", ""), convert);
    CommandLineRun compare =
        CommandLineRun.of("image", "compare", "-f", "raw", "-F", "raw", uri("full"), uri("image"));
    assertEquals(new CommandLineRun(0, "Images are identical.\n", ""), compare);
    Signals.send(ProcessHandle.current().pid(), Signals.SIGTERM);
    CommandLineRun ended = node.awaitEnd();
    assertEquals(0, ended.code(), ended.err());
    assertTrue(
        ended.out().startsWith("export full: " + uri("full") + ", "), "a target: " + ended.out());
    assertTrue(ended.out().contains(", 1 MiB, read-only\nexport image: "), ended.out());
    assertFalse(Files.exists(Path.of(path("n"))));
    CommandLineRun raw =
        CommandLineRun.of("image", "convert", "-f", "qcow2", "-O", "raw", path("q"), path("out"));
    assertEquals(new CommandLineRun(0, "", ""), raw);
    assertArrayEquals(content, Files.readAllBytes(directory.resolve("out")));
  }

  @Test
  void shouldTakeAFreePortNameItAndEndOnSighup() throws Exception {
    node =
        RunningCommand.startedWhen(
            "export d: nbd://127.0.0.1:", "storage-node", "--listen=127.0.0.1:0", "d=memory:3M");
    String line = node.toString().lines().findFirst().orElseThrow();
    String uri = line.substring(line.indexOf("nbd://"), line.indexOf(','));
    CommandLineRun info = CommandLineRun.of("image", "info", uri);
    assertTrue(info.out().contains("virtual size: 3 MiB (3145728 bytes)"), info.out() + info.err());
    Signals.send(ProcessHandle.current().pid(), Signals.SIGHUP);
    assertEquals(0, node.awaitEnd().code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "d=memory:1M|2|--listen: needed (see culebra storage-node --help)",
        "--listen unix:/x|2|NAME=FILE: needed (see culebra storage-node --help)",
        "--listen nowhere d=memory:1M|2|"
            + "nowhere: must be unix:PATH or HOST:PORT, with a port of 0 to 65535",
        "--listen unix:/x d|2|export d: is written NAME=FILE",
        "--listen unix:/x d=|2|export d: a file is needed",
        "--listen unix:/x d=f,format=vdi|2|format vdi: raw, qcow2 or auto",
        "--listen unix:/x d=f,read-only=1|2|export d: read-only 1: on or off",
        "--listen unix:/x d=f,size=1|2|export d: size: no such key: format, read-only",
        "--listen unix:/x d=f d=g|2|export d: name given twice",
        "--listen unix:/x d=null:x|2|"
            + "export d: null:x: size \"x\": must be digits, then nothing or one of K M G T",
        "--listen unix:/x d=/nonexistent|1|export d: /nonexistent: no such file (ENOENT)",
      })
  void shouldTellTheValueAndTheRuleOfAWrongCall(String options, int code, String error) {
    assertEquals(
        new CommandLineRun(code, "", "culebra: " + error + "\n"),
        CommandLineRun.of(("storage-node " + options).split(" ")));
  }
}
