package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QEMU's own tools refuse an image we use, and we refuse one they use. */
class ImageLocksTest {
  private static final FileOptions WRITER = FileOptions.DEFAULT;
  private static final FileOptions READER = FileOptions.DEFAULT.withReadOnly(true);

  @TempDir Path directory;
  private Path raw;
  private Path qcow2;
  private final List<FileDevice> devices = new ArrayList<>();

  private record Ended(int status, String output) {}

  private static Ended run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), String.join(" ", command));
    return new Ended(process.exitValue(), output);
  }

  @BeforeEach
  void makeImages() throws Exception {
    raw = TestFiles.sparse(directory, 1 << 20);
    qcow2 = directory.resolve("disk.qcow2");
    Ended created = run("qemu-img", "create", "-q", "-f", "qcow2", qcow2.toString(), "1M");
    assertEquals(0, created.status(), created.output());
  }

  @AfterEach
  void closeDevices() throws IOException {
    for (FileDevice device : devices) {
      device.close();
    }
  }

  private FileDevice use(Path file, FileOptions options) throws IOException {
    FileDevice device = FileDevice.open(file, options);
    devices.add(device);
    device.activate();
    return device;
  }

  private void assertRefused(String lock, String... command) throws Exception {
    Ended ended = run(command);
    assertEquals(1, ended.status(), ended.output());
    assertTrue(ended.output().contains("Failed to get " + lock + " lock"), ended.output());
  }

  private void assertTaken(String... command) throws Exception {
    Ended ended = run(command);
    assertEquals(0, ended.status(), ended.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"info", "check"})
  void shouldMakeQemuImgRefuseAnImageThatWeWrite(String verb) throws Exception {
    use(qcow2, WRITER);
    assertRefused("shared \"write\"", "qemu-img", verb, "-f", "qcow2", qcow2.toString());
    assertTaken("qemu-img", "info", "-U", "-f", "qcow2", qcow2.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void shouldMakeQemuImgRefuseToConvertAnImageThatWeWrite(String format) throws Exception {
    Path image = format.equals("raw") ? raw : qcow2;
    use(image, WRITER);
    String out = directory.resolve("out").toString();
    String in = image.toString();
    assertRefused("shared \"write\"", "qemu-img", "convert", "-f", format, "-O", "raw", in, out);
  }

  @Test
  void shouldMakeQemuRefuseToWriteAnImageThatWeUse() throws Exception {
    use(raw, WRITER);
    String write = "write 0 512";
    assertRefused("\"write\"", "qemu-io", "-f", "raw", "-c", write, raw.toString());
    use(qcow2, READER);
    assertRefused("\"write\"", "qemu-io", "-f", "qcow2", "-c", write, qcow2.toString());
  }

  @Test
  void shouldLetQemuReadAnImageThatWeRead() throws Exception {
    use(qcow2, READER);
    use(qcow2, READER);
    assertTaken("qemu-img", "check", "-f", "qcow2", qcow2.toString());
    assertTaken("qemu-io", "-r", "-f", "qcow2", "-c", "read 0 512", qcow2.toString());
  }

  @Test
  void shouldLetGoWhenDeactivated() throws Exception {
    FileDevice device = use(qcow2, WRITER);
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.read(0, 4096);
    }
    device.deactivate();
    assertTaken("qemu-io", "-f", "qcow2", "-c", "write 0 512", qcow2.toString());
    device.activate();
    assertRefused("\"write\"", "qemu-io", "-f", "qcow2", "-c", "write 0 512", qcow2.toString());
  }

  @Test
  void shouldHoldNoLockWhileInactive() throws Exception {
    devices.add(FileDevice.open(qcow2, WRITER));
    assertTaken("qemu-io", "-f", "qcow2", "-c", "write 0 512", qcow2.toString());
  }

  /** A qemu-io that has an image open until it is told to end. */
  private static Process openInQemu(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.outputWriter().write("read 0 512\n");
    process.outputWriter().flush();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = output.readLine();
    assertTrue(line != null && line.contains("read 512/512"), line);
    return process;
  }

  private static void end(Process process) throws Exception {
    process.outputWriter().close();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
  }

  @Test
  void shouldRefuseAnImageThatQemuWrites() throws Exception {
    Process qemu = openInQemu("qemu-io", "-f", "qcow2", qcow2.toString());
    try {
      IOException writing = assertThrows(IOException.class, () -> use(qcow2, WRITER));
      String expected = qcow2 + ": locked: process " + qemu.pid() + " doesn't share it for write";
      assertTrue(writing.getMessage().startsWith(expected), writing.getMessage());
      IOException reading = assertThrows(IOException.class, () -> use(qcow2, READER));
      expected = qcow2 + ": locked: process " + qemu.pid() + " uses it for write";
      assertTrue(reading.getMessage().startsWith(expected), reading.getMessage());
      assertFalse(devices.getLast().isActive());
      use(qcow2, READER.withLock(FileOptions.Lock.OFF));
    } finally {
      end(qemu);
    }
    use(qcow2, READER);
  }

  @Test
  void shouldReadAnImageThatQemuReadsButNotWriteIt() throws Exception {
    Process qemu = openInQemu("qemu-io", "-r", "-f", "qcow2", qcow2.toString());
    try {
      use(qcow2, READER).deactivate();
      IOException writing = assertThrows(IOException.class, () -> use(qcow2, WRITER));
      assertTrue(writing.getMessage().contains("doesn't share it for"), writing.getMessage());
    } finally {
      end(qemu);
    }
    use(qcow2, WRITER);
  }

  @Test
  void shouldRefuseItselfAsItRefusesOthers() throws Exception {
    use(raw, WRITER);
    IOException e = assertThrows(IOException.class, () -> use(raw, WRITER));
    assertTrue(e.getMessage().startsWith(raw + ": locked: "), e.getMessage());
    assertThrows(IOException.class, () -> use(raw, READER));
  }

  @Test
  void shouldShareWhatIsToBeShared() throws Exception {
    use(raw, WRITER.withLock(FileOptions.Lock.SHARED));
    use(raw, WRITER.withLock(FileOptions.Lock.SHARED));
    assertThrows(IOException.class, () -> use(raw, WRITER));
  }
}
