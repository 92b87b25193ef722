package org.culebra.cli.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.culebra.cli.CommandLineRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A2, A3: the commands' own texts, flags and exit codes; what they find is tested with the tools.
 */
class ImageCommandTest {
  private static final int CLUSTER_BYTES = 65536;
  private static final int REFCOUNT_BLOCK = 2 * CLUSTER_BYTES;

  @TempDir private Path directory;

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  /** Runs a command; words that begin with @ are files of the test's own. */
  private CommandLineRun image(String line) {
    List<String> args = new ArrayList<>(List.of("image"));
    for (String word : line.split(" ")) {
      args.add(word.startsWith("@") ? path(word.substring(1)) : word);
    }
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private void put(String name, long offset, int... bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path(name), "rw")) {
      file.seek(offset);
      for (int value : bytes) {
        file.write(value);
      }
    }
  }

  @Test
  void shouldMakeAnImageAndTellWhatItIs() {
    CommandLineRun create = image("create -f qcow2 -o cluster_size=4k,compat=0.10 @a 64M");
    assertEquals(0, create.code(), create.err());
    assertTrue(create.out().startsWith("Formatting '" + path("a") + "', fmt=qcow2 "), create.out());
    CommandLineRun json = image("info --output=json @a");
    assertTrue(json.out().contains("    \"virtual-size\": 67108864,\n"), json.out());
    assertTrue(json.out().contains("\"compat\": \"0.10\""), json.out());
    CommandLineRun human = image("info @a");
    assertTrue(human.out().contains("\nvirtual size: 64 MiB (67108864 bytes)\n"), human.out());
    assertEquals(new CommandLineRun(0, "", ""), image("create -q -f qcow2 -b a -F qcow2 @b"));
    CommandLineRun chain = image("info --backing-chain @b");
    assertTrue(chain.out().contains("\nbacking file: a"), chain.out());
    assertTrue(chain.out().contains("\n\nimage: " + path("a") + "\n"), chain.out());
  }

  @Test
  void shouldMapConvertAndCompare() throws IOException {
    Files.write(directory.resolve("raw"), new byte[1 << 20]);
    put("raw", 3 * CLUSTER_BYTES, 1, 2, 3);
    CommandLineRun convert = image("convert -p -f raw -O qcow2 @raw @q");
    assertEquals(0, convert.code(), convert.err());
    assertTrue(convert.out().startsWith("    (0.00/100%)\r"), convert.out());
    assertTrue(convert.out().endsWith("    (100.00/100%)\r\n"), convert.out());
    assertEquals(
        new CommandLineRun(0, "Images are identical.\n", ""), image("compare -f raw @raw @q"));
    CommandLineRun map = image("map --output json @q");
    assertTrue(
        map.out().startsWith("[{ \"start\": 0, \"length\": 196608, \"depth\": 0, "), map.out());
    assertTrue(image("map @q").out().startsWith("Offset          Length "));
    put("raw", 5000, 9);
    assertEquals(
        new CommandLineRun(1, "Content mismatch at offset 5000!\n", ""),
        image("compare -f raw @raw @q"));
    assertEquals(new CommandLineRun(1, "", ""), image("compare -q -f raw @raw @q"));
    assertEquals(new CommandLineRun(0, "", ""), image("convert -n -q -p -f raw @raw -O qcow2 @q"));
    assertEquals(0, image("compare -f raw -F qcow2 @raw @q").code());
  }

  @Test
  void shouldCheckWithTheExitCodesOfQemuImg() throws IOException {
    image("create -q -f qcow2 @a 64M");
    CommandLineRun clean = image("check @a");
    assertEquals(0, clean.code());
    assertTrue(clean.out().startsWith("No errors were found on the image.\n"), clean.out());
    put("a", REFCOUNT_BLOCK + 2 * 3, 0, 2); // cluster 3, the L1 table: one reference too many
    CommandLineRun leak = image("check @a");
    assertEquals(3, leak.code(), leak.out() + leak.err());
    assertTrue(leak.out().contains("1 leaked clusters were found on the image."), leak.out());
    put("a", REFCOUNT_BLOCK + 2 * 3, 0, 0); // and none, though it is in use
    CommandLineRun corrupt = image("check --output=json @a");
    assertEquals(2, corrupt.code(), corrupt.out() + corrupt.err());
    assertTrue(corrupt.out().contains("\"corruptions\": 1"), corrupt.out());
    assertTrue(corrupt.err().contains("cluster 3"), corrupt.err());
    assertEquals(new CommandLineRun(2, "", ""), image("check -q @a"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create|2|FILE: needed (see culebra image create --help)",
        "create -x f|2|-x: no such option (see culebra image create --help)",
        "info --output yaml f|2|--output yaml: one of human, json",
        "convert a|2|TARGET: needed (see culebra image convert --help)",
        "convert -n -o size=1 a b|2|-o size=1: options have no effect together with -n",
        "convert -S 3x a b|2|"
            + "-S 3x: a size is a number of bytes, or a number with k, M, G, T, P or E",
        "shrink|2|shrink: no such command (see culebra image --help)",
        "info /nonexistent|1|/nonexistent: no such file (ENOENT)",
        "check /nonexistent|1|/nonexistent: no such file (ENOENT)",
        "compare /nonexistent /nonexistent|2|/nonexistent: no such file (ENOENT)",
        "check memory:1M|63|memory:1M: format raw: nothing to check",
        "info ftp://a/b|1|ftp://a/b: scheme \"ftp\": must be null, memory, nbd or nbd+unix, or none"
            + " for a path",
      })
  void shouldTellInOneLineWhatIsWrong(String line, int code, String error) {
    assertEquals(new CommandLineRun(code, "", "culebra: " + error + "\n"), image(line));
  }

  @Test
  void shouldShowProgressNotMoreOftenThanItCanBeRead() {
    StringWriter text = new StringWriter();
    AtomicLong nowNs = new AtomicLong();
    Progress progress = new Progress(new PrintWriter(text), nowNs::get);
    progress.accept(10);
    nowNs.addAndGet(100_000_000);
    progress.accept(42);
    progress.accept(43);
    progress.accept(100);
    progress.accept(100);
    progress.end();
    assertEquals("    (0.00/100%)\r    (42.00/100%)\r    (100.00/100%)\r\n", text.toString());
  }
}
