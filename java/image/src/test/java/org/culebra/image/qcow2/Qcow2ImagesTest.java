package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.image.BackingResolver;
import org.culebra.image.ImageFormats;
import org.culebra.image.ImageOptions;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backing chains, snapshots, and the feature bits of images that QEMU made. */
class Qcow2ImagesTest {
  private final List<String> faults = new ArrayList<>();
  private Path directory;
  private Path image;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = TestImages.directory();
    image = directory.resolve("disk.qcow2");
  }

  @AfterEach
  void removeDirectory() throws IOException {
    TestImages.remove(directory);
  }

  private ImageOptions options() {
    BackingResolver resolver =
        (name, format) -> {
          FileOptions files = FileOptions.DEFAULT.withReadOnly(true);
          BlockDevice file = FileDevice.open(directory.resolve(name), files);
          return ImageFormats.named(format).open(file, options().withReadOnly(true));
        };
    return ImageOptions.DEFAULT.withBacking(resolver).withErrors(faults::add).withCacheBytes(1);
  }

  private BlockDevice open() throws IOException {
    BlockDevice device = new Qcow2Device(TestImages.file(image), options());
    device.activate();
    return device;
  }

  private void create(String options, String size) throws IOException {
    Qemu.run("qemu-img", "create", "-f", "qcow2", "-o", options, image, size);
  }

  @ParameterizedTest(name = "A6, A7 {0}")
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=4k",
        "cluster_size=512",
        "compat=0.10,cluster_size=8k"
      })
  void shouldReadThroughAndCopyOnWriteInAChainOfThree(String options) throws Exception {
    Path base = directory.resolve("base.raw");
    Path mid = directory.resolve("mid.qcow2");
    byte[] content = Patterns.bytes(Seeds.random("base"), 1_500_000);
    Files.write(base, content);
    Qemu.run("qemu-img", "create", "-f", "qcow2", "-b", base, "-F", "raw", mid, "2m");
    Qemu.run("qemu-io", "-c", "write -P 2 300k 200k", "-c", "write -z 64k 128k", mid);
    Qemu.run(
        "qemu-img",
        "create",
        "-f",
        "qcow2",
        "-o",
        options,
        "-b",
        "mid.qcow2",
        "-F",
        "qcow2",
        image,
        "3m");
    Qemu.run("qemu-io", "-c", "write -P 3 1000k 70k", image);
    byte[] midBefore = Files.readAllBytes(mid);
    Trace trace = new Trace(Seeds.random("chain" + options), Qemu.content(image), 96 << 10);
    try (BlockDevice device = open();
        QueueDriver queue = Trace.queue(device)) {
      trace.checkAll(queue);
      trace.run(queue, 150);
      trace.checkAll(queue);
    }
    Qemu.check(image);
    Patterns.assertSame(trace.model, Qemu.content(image), "as qemu-img reads it");
    Patterns.assertSame(midBefore, Files.readAllBytes(mid), "the backing file");
  }

  @Test
  void shouldDenyBackingFilesUnlessTold() throws Exception {
    Qemu.run(
        "qemu-img", "create", "-f", "qcow2", "-u", "-b", "/etc/passwd", "-F", "raw", image, "1m");
    BlockDevice device = new Qcow2Device(TestImages.file(image), ImageOptions.DEFAULT);
    String line = assertThrows(IOException.class, device::activate).getMessage();
    assertEquals("backing file /etc/passwd: backing files are not allowed here", line);
    assertFalse(device.isActive());
    device.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=64k", "cluster_size=1k", "cluster_size=4k,refcount_bits=4"})
  void shouldKeepSnapshotsAsTheyWere(String options) throws Exception {
    create(options, "3m");
    Qemu.run("qemu-io", "-c", "write -P 1 0 1500k", "-c", "write -z 600k 100k", image);
    byte[] first = Qemu.content(image);
    Qemu.run("qemu-img", "snapshot", "-c", "one", image);
    Trace trace = new Trace(Seeds.random("snapshot" + options), first.clone(), 96 << 10);
    writeTrace(trace);
    Qemu.run("qemu-img", "snapshot", "-c", "two", image);
    byte[] second = trace.model.clone();
    writeTrace(trace);
    Patterns.assertSame(trace.model, Qemu.content(image), "now");
    Qemu.run("qemu-img", "snapshot", "-a", "two", image);
    Patterns.assertSame(second, Qemu.content(image), "snapshot two");
    Qemu.run("qemu-img", "snapshot", "-a", "one", image);
    Patterns.assertSame(first, Qemu.content(image), "snapshot one");
    Qemu.check(image);
    Qemu.run("qemu-img", "snapshot", "-d", "one", image);
    Qemu.run("qemu-img", "snapshot", "-d", "two", image);
    Qemu.check(image);
  }

  private void writeTrace(Trace trace) throws Exception {
    try (BlockDevice device = open();
        QueueDriver queue = Trace.queue(device)) {
      trace.checkAll(queue);
      for (int i = 0; i < 8; i++) {
        trace.run(queue, 8);
        trace.discard(queue, 64 << 10);
      }
      trace.checkAll(queue);
    }
    Qemu.check(image);
  }

  @Test
  void shouldReportCompressedClustersAndRefuseThemAlone() throws Exception {
    Path raw = directory.resolve("disk.raw");
    byte[] content = new byte[1 << 20];
    java.util.Arrays.fill(content, 0, 128 << 10, (byte) 7);
    Files.write(raw, content);
    Qemu.run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw, image);
    try (BlockDevice device = open();
        QueueDriver queue = Trace.queue(device)) {
      Patterns.Native memory = new Patterns.Native(4096, 4096);
      var vector = org.culebra.linux.IoVector.of(memory.address(), 4096);
      var read = new org.culebra.block.BlockRequest().set(BlockOperation.READ, 0, 4096, 0);
      assertEquals(-Errno.EIO, queue.execute(read.memory(vector, 0).tag(1)));
      assertEquals(-Errno.EIO, queue.write(4096, new byte[4096], 0));
      Patterns.assertZero(queue.read(512 << 10, 4096), "what isn't compressed");
      queue.write(512 << 10, Patterns.bytes(Seeds.random("beside"), 4096));
    }
    assertEquals(
        List.of(
            image + ": compressed cluster at offset 0x0: compression is not supported",
            image + ": compressed cluster at offset 0x1000: compression is not supported"),
        faults);
    Qemu.check(image);
  }

  @Test
  void shouldRefuseToWriteToACorruptImage() throws Exception {
    create("compat=1.1", "1m");
    poke(79, 2);
    BlockDevice device = new Qcow2Device(TestImages.file(image), options());
    String line = assertThrows(IOException.class, device::activate).getMessage();
    assertTrue(line.contains("corrupt bit is set: can only be opened read-only"), line);
    device.close();
    BlockDevice reading = new Qcow2Device(TestImages.file(image), options().withReadOnly(true));
    reading.activate();
    try (QueueDriver queue = new QueueDriver(reading, 1)) {
      Patterns.assertZero(queue.read(0, 4096), "read-only");
      assertEquals(-Errno.EROFS, queue.write(0, new byte[512], 0));
    }
    reading.close();
  }

  @Test
  void shouldRepairRefcountsWhenTheDirtyBitIsSet() throws Exception {
    create("lazy_refcounts=on,cluster_size=4k", "8m");
    Qemu.run("qemu-io", "-c", "write -P 1 0 64k", image);
    Qemu.tryRun("qemu-io", "-c", "write -P 2 32k 4m", "-c", "flush", "-c", "abort", image);
    assertEquals(2, Qemu.tryRun("qemu-img", "check", image).status(), "QEMU left it dirty");
    try (BlockDevice device = open();
        QueueDriver queue = Trace.queue(device)) {
      byte[] twos = new byte[4 << 20];
      java.util.Arrays.fill(twos, (byte) 2);
      Patterns.assertSame(twos, queue.read(32 << 10, twos.length), "what was flushed");
      queue.write(6 << 20, new byte[512]);
    }
    assertTrue(faults.getFirst().contains("refcounts are counted anew"), faults.toString());
    Qemu.check(image);
    assertFalse(Qemu.run("qemu-img", "info", image).contains("cleanly shut down: no"));
  }

  @Test
  void shouldClearAutoclearBitsBeforeTheFirstWriteOnly() throws Exception {
    create("compat=1.1", "1m");
    poke(95, 0x80);
    BlockDevice device = open();
    try (QueueDriver queue = Trace.queue(device)) {
      queue.read(0, 4096);
      assertEquals(0x80, peek(95), "a read changes nothing");
      queue.write(0, new byte[512]);
      assertEquals(0, peek(95), "cleared before the write completed");
    }
    device.close();
  }

  @Test
  void shouldInvalidateBitmapsWhenItWrites() throws Exception {
    create("compat=1.1", "1m");
    Qemu.run("qemu-img", "bitmap", "--add", image, "dirty0");
    assertEquals(1, peek(95));
    try (BlockDevice device = open();
        QueueDriver queue = Trace.queue(device)) {
      queue.write(0, new byte[512]);
    }
    assertEquals(0, peek(95));
  }

  private void poke(long offset, int value) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(image.toFile(), "rw")) {
      access.seek(offset);
      access.write(value);
    }
  }

  private int peek(long offset) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(image.toFile(), "r")) {
      access.seek(offset);
      return access.read();
    }
  }
}
