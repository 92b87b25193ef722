package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.culebra.block.BlockDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.image.ImageOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A1, A6, A7: images of QEMU's tools are read and written, and QEMU agrees with the result. */
class Qcow2OracleTest {
  private Path directory;
  private Path image;

  @BeforeEach
  void makeDirectory() throws Exception {
    directory = TestImages.directory();
    image = directory.resolve("disk.qcow2");
  }

  @AfterEach
  void removeDirectory() throws Exception {
    TestImages.remove(directory);
  }

  @ParameterizedTest(name = "A7 compat {0}, cluster {1}, refcount bits {2}, cache {4}")
  @CsvSource({
    "0.10, 65536, 16, 8m, 2097152",
    "1.1, 65536, 16, 33m, 2097152",
    "1.1, 512, 16, 6m, 1",
    "1.1, 512, 64, 6m, 65536",
    "1.1, 1024, 1, 4m, 1",
    "1.1, 4096, 2, 16m, 1",
    "1.1, 4096, 4, 16m, 65536",
    "0.10, 4096, 16, 16m, 1",
    "1.1, 16384, 8, 8m, 65536",
    "1.1, 131072, 32, 8m, 65536",
    "1.1, 2097152, 16, 32m, 65536",
  })
  void shouldWriteWhatQemuReads(
      String compat, int cluster, int refcountBits, String size, int cacheBytes) throws Exception {
    SplittableRandom random = Seeds.random("oracle " + compat + cluster + refcountBits);
    String options =
        "compat=" + compat + ",cluster_size=" + cluster + ",refcount_bits=" + refcountBits;
    Qemu.run("qemu-img", "create", "-f", "qcow2", "-o", options, image, size);
    byte[] before = writeWithQemu(random);
    ImageOptions open = ImageOptions.DEFAULT.withCacheBytes(cacheBytes);
    Trace trace = new Trace(random, before, Math.min(before.length / 16, 160 << 10));
    try (BlockDevice device = new Qcow2Device(TestImages.file(image), open)) {
      device.activate();
      try (QueueDriver queue = Trace.queue(device)) {
        trace.checkAll(queue);
        for (int i = 0; i < 20; i++) {
          trace.run(queue, 12);
          trace.discard(queue, cluster);
        }
        trace.checkAll(queue);
      }
    }
    Qemu.check(image);
    Patterns.assertSame(trace.model, Qemu.content(image), "as qemu-img reads it");
  }

  private byte[] writeWithQemu(SplittableRandom random) throws Exception {
    byte[] size = Qemu.content(image);
    int sectors = size.length / 512;
    Object[] command = new Object[2 * 12 + 2];
    command[0] = "qemu-io";
    command[1] = image;
    for (int i = 0; i < 12; i++) {
      int at = random.nextInt(sectors - 200);
      String kind = i % 6 == 5 ? "write -z " : "write -P " + (i + 1) + " ";
      command[2 * i + 2] = "-c";
      command[2 * i + 3] = kind + at * 512L + " " + (1 + random.nextInt(200)) * 512L;
    }
    Qemu.run(command);
    return Qemu.content(image);
  }

  @ParameterizedTest(name = "A6 version {0}, cluster {1}, refcount bits {2}, {3}")
  @CsvSource({
    "2, 65536, 16, OFF",
    "3, 65536, 16, OFF",
    "3, 512, 1, OFF",
    "3, 512, 64, METADATA",
    "3, 4096, 8, METADATA",
    "2, 4096, 16, FULL",
    "3, 2097152, 16, METADATA",
  })
  void shouldMakeImagesThatQemuTakes(
      int version, int cluster, int refcountBits, Qcow2CreateOptions.Preallocation preallocation)
      throws Exception {
    SplittableRandom random = Seeds.random("create " + version + cluster + refcountBits);
    int size = 5 << 20;
    Files.createFile(image);
    TestImages.create(
        image,
        new Qcow2CreateOptions(
            size, version, cluster, refcountBits, false, preallocation, null, null));
    Qemu.check(image);
    Patterns.assertZero(Qemu.content(image), "new image");
    Trace trace = new Trace(random, new byte[size], 64 << 10);
    try (BlockDevice device = new Qcow2Device(TestImages.file(image), ImageOptions.DEFAULT)) {
      device.activate();
      assertEquals(size, device.capacityBytes());
      try (QueueDriver queue = Trace.queue(device)) {
        trace.run(queue, 60);
      }
    }
    Qemu.check(image);
    Patterns.assertSame(trace.model, Qemu.content(image), "as qemu-img reads it");
  }
}
