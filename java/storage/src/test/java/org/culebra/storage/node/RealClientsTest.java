package org.culebra.storage.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The storage node with clients that others wrote. */
@Timeout(60)
class RealClientsTest {
  private static final int SIZE = 8 << 20;

  private static String run(NodeRunner node, String... command) throws Exception {
    Path log = node.file("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = process.waitFor(30, TimeUnit.SECONDS);
    process.destroyForcibly();
    String output = Files.readString(log);
    assertTrue(ended, () -> String.join(" ", command) + " never ends: " + output);
    assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + output);
    return output;
  }

  private static Path image(NodeRunner node, String name) throws IOException {
    Path path = node.file(name);
    Files.write(path, Patterns.bytes(Seeds.random(name), SIZE));
    return path;
  }

  @Test
  void shouldDescribeItsExportsToNbdinfo() throws Exception {
    Limits limits = new Limits(512, 512, 4096, 0, 4096);
    try (NodeRunner node =
        new NodeRunner(
            new MemoryDevice(SIZE, limits, false), new MemoryDevice(1 << 20, limits, true))) {
      String info = run(node, "nbdinfo", node.target().toString());
      List<String> expected =
          List.of(
              "newstyle-fixed without TLS, using structured packets",
              "export-size: 8388608",
              "is_read_only: false",
              "can_flush: true",
              "can_fua: true",
              "can_trim: true",
              "can_zero: true",
              "can_fast_zero: true",
              "can_df: true",
              "can_multi_conn: true",
              "can_cache: false",
              "block_size_minimum: 512",
              "block_size_preferred: 4096",
              "block_size_maximum: 33554432");
      for (String line : expected) {
        assertTrue(info.contains(line), line + " in " + info);
      }
      String list = run(node, "nbdinfo", "--list", node.target().toString());
      assertTrue(list.contains("export=\"x\"") && list.contains("export=\"x1\""), list);
      assertTrue(list.contains("is_read_only: true"), list);
      node.lines().assertNone();
    }
  }

  // nbdcopy opens four connections where a server has multi-conn, with 64 requests on each.
  @Test
  void shouldCarryAnImageInAndOutWithNbdcopy() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE))) {
      Path image = image(node, "image");
      run(node, "nbdcopy", image.toString(), node.target().toString());
      Path back = node.file("back");
      run(node, "nbdcopy", node.target().toString(), back.toString());
      Patterns.assertSame(Files.readAllBytes(image), Files.readAllBytes(back), "in and out");
      node.lines().assertNone();
    }
  }

  @Test
  void shouldServeEveryOperationOfQemuIo() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE))) {
      String output =
          run(
              node,
              "qemu-io",
              "-f",
              "raw",
              "-c",
              "write -P 0x5a 0 3M",
              "-c",
              "write -z 64k 64k",
              "-c",
              "write -f -P 0x77 1000 3000",
              "-c",
              "discard 2M 64k",
              "-c",
              "flush",
              "-c",
              "read -P 0x5a 4k 60k",
              "-c",
              "read -P 0 64k 64k",
              "-c",
              "read -P 0x77 1000 3000",
              "-c",
              "aio_read -P 0x5a 1M 64k",
              "-c",
              "aio_flush",
              node.target().toString());
      assertTrue(!output.contains("failed") && !output.contains("error"), output);
      node.lines().assertNone();
    }
  }

  // A file behind it: qemu-img converts onto the node and compares, and so does the file itself.
  @ParameterizedTest
  @EnumSource(FileOptions.IoUring.class)
  void shouldServeAFileToQemuImg(FileOptions.IoUring ioUring) throws Exception {
    Path backing = Files.createTempFile("culebra", ".img");
    try {
      Files.write(backing, new byte[SIZE]);
      FileDevice file = FileDevice.open(backing, FileOptions.DEFAULT.withIoUring(ioUring));
      try (NodeRunner node = new NodeRunner(file)) {
        Path image = image(node, "image");
        String target = node.target().toString();
        run(node, "qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), target);
        run(node, "qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), target);
        Patterns.assertSame(Files.readAllBytes(image), Files.readAllBytes(backing), "backing");
        node.lines().assertNone();
      }
    } finally {
      Files.delete(backing);
    }
  }
}
