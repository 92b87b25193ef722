package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** QEMU's own image tools, as oracles. */
public final class Qemu {
  private static final long TIMEOUT_S = 60;

  private Qemu() {}

  /** How a command ended. */
  public record Result(int status, String output) {}

  /** Runs a command to its end. */
  public static Result tryRun(Object... command) throws IOException {
    List<String> words = new ArrayList<>();
    for (Object word : command) {
      words.add(word.toString());
    }
    Path output = Files.createTempFile(Path.of("/dev/shm"), "culebra-qemu", ".out");
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(TIMEOUT_S, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertTrue(ended, words + ": still running after " + TIMEOUT_S + " s");
      return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      Files.delete(output);
    }
  }

  /** Runs a command that must succeed; returns what it wrote. */
  public static String run(Object... command) throws IOException {
    Result result = tryRun(command);
    assertEquals(0, result.status, () -> List.of(command) + ": " + result.output);
    return result.output;
  }

  /** Fails unless qemu-img finds the image consistent. */
  public static void check(Path image) throws IOException {
    String output = run("qemu-img", "check", image);
    assertTrue(output.contains("No errors were found on the image."), output);
  }

  /** Returns the disk's bytes as qemu-img reads them. */
  public static byte[] content(Path image) throws IOException {
    Path raw = image.resolveSibling(image.getFileName() + ".raw");
    run("qemu-img", "convert", "-O", "raw", image, raw);
    byte[] bytes = Files.readAllBytes(raw);
    Files.delete(raw);
    return bytes;
  }
}
