package org.culebra.image.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.image.ErrorSink;
import org.culebra.image.qcow2.Qemu;
import org.culebra.image.qcow2.TestImages;
import org.culebra.linux.Fd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A3: map agrees with qemu-img on what file systems make of files: holes, and room unwritten. */
class MapOracleTest {
  private final FileOpener opener = new LocalFiles();
  private Path directory;

  /** On a disk: a file system in memory has no extents that are allocated and unwritten. */
  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("culebra-map-test");
  }

  @AfterEach
  void removeDirectory() throws IOException {
    TestImages.remove(directory);
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private List<ImageMap.Entry> checkMap(String target, String format) throws IOException {
    List<ImageMap.Entry> map = ImageMap.read(opener, target, format, ErrorSink.NONE);
    String json = Qemu.run("qemu-img", "map", "-f", format, "--output=json", target);
    assertEquals(json.strip(), ImageMap.json(map));
    String human = Qemu.run("qemu-img", "map", "-f", format, target);
    assertEquals(human, ImageMap.human(map));
    return map;
  }

  private static long holes(List<ImageMap.Entry> map) {
    return map.stream().filter(e -> e.data() && e.zero()).count();
  }

  /** A raw disk of holes and data, none of which begins or ends at a cluster of 64 KiB. */
  private String sparse() throws IOException {
    String raw = path("sparse.raw");
    try (RandomAccessFile access = new RandomAccessFile(raw, "rw")) {
      access.setLength(9 << 20);
      for (int i = 0; i < 20; i++) {
        access.seek(i * 450_000L & -4096);
        access.write(new byte[i % 7 * 4096 + 1]);
      }
    }
    return raw;
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "512, off, false", "512, metadata, true", "512, falloc, false", "512, full, false",
    "64k, off, false", "64k, metadata, true", "64k, falloc, false", "64k, full, false",
    "2M, off, false", "2M, metadata, true", "2M, falloc, false", "2M, full, false",
  })
  void shouldSeeHolesBelowPreallocatedClusters(String cluster, String preallocation, boolean seen)
      throws IOException {
    String disk = path("disk.qcow2");
    String options = "cluster_size=" + cluster + ",preallocation=" + preallocation;
    Qemu.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, disk, "9m");
    Qemu.run("qemu-io", "-c", "write -P 1 1m 100k", "-c", "write -z 4m 2m", disk);
    assertEquals(seen, holes(checkMap(disk, "qcow2")) > 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"512", "64k", "2M"})
  void shouldSeeHolesInWhatQemuAndWeConvert(String cluster) throws IOException {
    String raw = sparse();
    String theirs = path("theirs.qcow2");
    String options = "cluster_size=" + cluster;
    Qemu.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, theirs);
    checkMap(theirs, "qcow2");
    convert(raw, "raw", path("ours.qcow2"), List.of(options));
    checkMap(path("ours.qcow2"), "qcow2");
    Qemu.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, path("ours.qcow2"));
  }

  private void convert(String source, String format, String target, List<String> options)
      throws IOException {
    ImageConvert.Request request =
        new ImageConvert.Request(source, format, target, "qcow2", options, false, 4096);
    new ImageConvert(opener, ErrorSink.NONE).convert(request, percent -> {});
  }

  /** Where exactly it begins depends on how much room the file system gives to metadata. */
  @Test
  void shouldAskTheFileFromAsManyHolesOnAsQemuDoes() throws IOException {
    String disk = path("disk.qcow2");
    Qemu.run("qemu-img", "create", "-q", "-f", "qcow2", disk, "9m");
    Qemu.run("qemu-io", "-c", "write -P 1 0 9m", disk);
    assertEquals(149 << 16, Files.size(Path.of(disk)), "144 clusters and 5 of metadata");
    List<Long> seen = new ArrayList<>();
    for (int holes = 1; holes <= 18; holes++) {
      punch(disk, 100 << 16, holes << 16);
      seen.add(holes(checkMap(disk, "qcow2")));
    }
    assertEquals(List.of(0L, 0L, 0L, 0L), seen.subList(0, 4), seen::toString);
    assertEquals(List.of(1L, 1L, 1L), seen.subList(15, 18), seen::toString);
  }

  private static void punch(String target, long offset, long length) throws IOException {
    int flags = org.culebra.linux.Files.O_RDWR;
    int fd = org.culebra.linux.Files.open(Path.of(target), flags, 0);
    int mode =
        org.culebra.linux.Files.FALLOC_FL_PUNCH_HOLE | org.culebra.linux.Files.FALLOC_FL_KEEP_SIZE;
    int result = org.culebra.linux.Files.allocate(fd, mode, offset, length);
    Fd.close(fd);
    assertEquals(0, result);
  }

  @Test
  void shouldSeeHolesOfEachFileOfAChain() throws IOException {
    sparse();
    String middle = path("middle.qcow2");
    Qemu.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "sparse.raw", "-F", "raw", middle);
    Qemu.run("qemu-io", "-c", "write -P 1 1m 3m", "-c", "write -z 6m 128k", middle);
    punch(middle, 1 << 20, 1 << 20);
    String top = path("top.qcow2");
    String backing = "middle.qcow2";
    Qemu.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", backing, "-F", "qcow2", top, "10m");
    Qemu.run("qemu-io", "-c", "write -P 2 2m 5k", "-c", "write -P 3 9600k 100k", top);
    List<ImageMap.Entry> map = checkMap(top, "qcow2");
    assertTrue(map.stream().anyMatch(e -> e.data() && e.zero() && e.depth() == 1), map::toString);
    convert(top, "qcow2", path("flat.qcow2"), List.of());
    Qemu.run("qemu-img", "compare", top, path("flat.qcow2"));
    assertEquals(
        ImageCompare.SAME, ImageCompare.compare(opener, top, null, path("flat.qcow2"), null));
  }

  /** The file ends with its last byte written, or in a hole; in a cluster either way. */
  @ParameterizedTest
  @ValueSource(ints = {699_999, 600_100})
  void shouldTakeWhatTheFileDoesntHaveAsAHole(int missing) throws IOException {
    String disk = path("disk.qcow2");
    String options = "cluster_size=2M,preallocation=metadata";
    Qemu.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, disk, "10m");
    try (RandomAccessFile access = new RandomAccessFile(disk, "rw")) {
      long end = access.length();
      access.seek(end - 700_000);
      access.write(1);
      access.setLength(end - missing);
    }
    ImageMap.Entry last = checkMap(disk, "qcow2").getLast();
    assertTrue(last.data() && last.zero() && last.length() >= 600_000, last::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "falloc", "full"})
  void shouldTakeUnwrittenRoomOfRawFilesAsQemuDoes(String preallocation) throws IOException {
    String disk = path("disk.raw");
    String options = "preallocation=" + preallocation;
    Qemu.run("qemu-img", "create", "-q", "-f", "raw", "-o", options, disk, "3m");
    Qemu.run("qemu-io", "-f", "raw", "-c", "write -P 1 1m 100k", "-c", "write -z 2m 64k", disk);
    punch(disk, 1100 << 10, 8192);
    checkMap(disk, "raw");
  }
}
