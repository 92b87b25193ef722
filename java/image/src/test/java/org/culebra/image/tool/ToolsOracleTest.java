package org.culebra.image.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.image.qcow2.Qemu;
import org.culebra.image.qcow2.TestImages;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A2, A3, A11: info, map, check, create, convert and compare agree with qemu-img. */
class ToolsOracleTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileOpener opener = new LocalFiles();
  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = TestImages.directory();
  }

  @AfterEach
  void removeDirectory() throws IOException {
    TestImages.remove(directory);
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  /** Three files: a raw base, a middle, a top that is longer than both; all with something. */
  private String chain() throws IOException {
    Qemu.run("qemu-img", "create", "-f", "raw", path("base.raw"), "3m");
    Qemu.run("qemu-io", "-f", "raw", "-c", "write -P 1 0 700k", path("base.raw"));
    qcow2("mid.qcow2", "cluster_size=4k", "-b", "base.raw", "-F", "raw", "4m");
    String mid = path("mid.qcow2");
    Qemu.run("qemu-io", "-c", "write -P 2 100k 50k", "-c", "write -z 200k 100k", mid);
    qcow2("top.qcow2", "compat=1.1", "-b", "mid.qcow2", "-F", "qcow2", "5m");
    String top = path("top.qcow2");
    Qemu.run("qemu-io", "-c", "write -P 3 0 3k", "-c", "write -P 4 4700k 10k", top);
    Qemu.run("qemu-io", "-c", "write -z 448k 64k", "-c", "discard 512k 64k", top);
    return top;
  }

  private void qcow2(String name, String options, String... rest) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-f", "qcow2"));
    command.addAll(List.of("-o", options));
    int words = rest.length - 1;
    command.addAll(List.of(rest).subList(0, words));
    command.add(path(name));
    command.add(rest[words]);
    Qemu.run(command.toArray());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=0.10",
        "compat=1.1,lazy_refcounts=on",
        "cluster_size=512,refcount_bits=1",
        "cluster_size=2M,refcount_bits=64,preallocation=metadata"
      })
  void a2ShouldTellWhatQemuTellsOfAnImage(String options) throws IOException {
    qcow2("disk.qcow2", options, "1500k");
    checkInfo(path("disk.qcow2"), "qcow2");
  }

  @Test
  void a2ShouldTellSnapshotsAndBackingFiles() throws IOException {
    String top = chain();
    Qemu.run("qemu-img", "snapshot", "-c", "before the update", top);
    checkInfo(top, "qcow2");
    checkInfo(path("base.raw"), "raw");
    JsonNode ours = JSON.readTree(ImageInfo.json(ImageInfo.readChain(opener, top, null)));
    String theirs = Qemu.run("qemu-img", "info", "--backing-chain", "--output=json", top);
    assertEquals(JSON.readTree(theirs), ours);
  }

  private void checkInfo(String target, String format) throws IOException {
    ImageInfo info = ImageInfo.read(opener, target, null);
    assertEquals(format, info.format());
    // Probing a raw image makes QEMU warn: the format is given.
    String json = Qemu.run("qemu-img", "info", "-f", format, "--output=json", target);
    assertEquals(JSON.readTree(json), JSON.readTree(info.json()));
    String human = Qemu.run("qemu-img", "info", "-f", format, target);
    assertEquals(human.strip(), info.human().strip());
  }

  @Test
  void a3ShouldMapAChainAsQemuDoes() throws IOException {
    String top = chain();
    checkMap(top, "qcow2");
    checkMap(path("mid.qcow2"), "qcow2");
    checkMap(path("base.raw"), "raw");
  }

  @Test
  void a3ShouldMapRawFilesOfAnySize() throws IOException {
    Path file = directory.resolve("odd.raw");
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(100_001);
      access.seek(50_000);
      access.write(1);
    }
    checkMap(file.toString(), "raw");
    checkInfo(file.toString(), "raw");
  }

  private void checkMap(String target, String format) throws IOException {
    List<ImageMap.Entry> map = ImageMap.read(opener, target, format, ErrorSink.NONE);
    String json = Qemu.run("qemu-img", "map", "-f", format, "--output=json", target);
    assertEquals(json.strip(), ImageMap.json(map));
    String human = Qemu.run("qemu-img", "map", "-f", format, target);
    String targets = ImageMap.human(map).replace(directory + "/", "");
    assertEquals(human.replace(directory + "/", ""), targets);
  }

  @Test
  void shouldFindAnImageCleanAsQemuDoes() throws IOException {
    String top = chain();
    checkCheck(top, ImageCheck.STATUS_CLEAN);
    checkCheck(path("mid.qcow2"), ImageCheck.STATUS_CLEAN);
    qcow2("all.qcow2", "preallocation=metadata,cluster_size=4k,refcount_bits=8", "2m");
    Qemu.run("qemu-img", "snapshot", "-c", "one", path("all.qcow2"));
    Qemu.run("qemu-io", "-c", "write -P 7 100k 300k", path("all.qcow2"));
    checkCheck(path("all.qcow2"), ImageCheck.STATUS_CLEAN);
    Qemu.run("qemu-img", "bitmap", "--add", path("all.qcow2"), "dirty0");
    checkCheck(path("all.qcow2"), ImageCheck.STATUS_CLEAN);
  }

  @ParameterizedTest(name = "refcount {0} becomes {1}: status {2}")
  @CsvSource({"9, 1, 3", "4, 0, 2", "4, 2, 2", "0, 0, 2"})
  void shouldFindFaultsAsQemuDoes(int cluster, int refcount, int status) throws IOException {
    qcow2("disk.qcow2", "compat=1.1", "1m");
    String disk = path("disk.qcow2");
    Qemu.run("qemu-io", "-c", "write -P 1 0 400k", "-c", "discard 256k 64k", disk);
    try (RandomAccessFile access = new RandomAccessFile(disk, "rw")) {
      access.seek(2 * 65536 + 2 * cluster);
      access.writeShort(refcount);
    }
    checkCheck(disk, status);
  }

  private void checkCheck(String target, int status) throws IOException {
    List<String> lines = new ArrayList<>();
    ImageCheck check = ImageCheck.run(opener, target, null, null, lines::add);
    Qemu.Result json = Qemu.tryRun("qemu-img", "check", "--output=json", target);
    String text = json.output().substring(json.output().indexOf('{'));
    assertEquals(JSON.readTree(text), JSON.readTree(check.json()), lines.toString());
    assertEquals(status, json.status(), "qemu-img's status");
    assertEquals(status, check.status(), "our status");
    String human = Qemu.tryRun("qemu-img", "check", target).output();
    assertTrue(human.strip().endsWith(check.human().strip()), human + check.human());
  }

  @Test
  void shouldRefuseWhatCantBeChecked() throws IOException {
    chain();
    ImageCheck raw = ImageCheck.run(opener, path("base.raw"), "raw", null, line -> {});
    assertEquals(ImageCheck.STATUS_UNSUPPORTED, raw.status());
    String refused =
        assertThrows(
                ImageException.class,
                () -> ImageCheck.run(opener, path("top.qcow2"), null, "all", line -> {}))
            .getMessage();
    assertTrue(refused.contains("-r all: repairing is not supported yet"), refused);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=0.10",
        "compat=v3,lazy_refcounts=on,cluster_size=4k",
        "cluster_size=512,refcount_bits=1",
        "cluster_size=1M,preallocation=metadata,refcount_bits=32",
        "preallocation=falloc",
        "preallocation=full"
      })
  void shouldCreateWhatQemuCreates(String options) throws IOException {
    String size = "3000001";
    List<String> lines = new ArrayList<>();
    ImageCreate.Request request =
        new ImageCreate.Request(path("d.qcow2"), "qcow2", size, List.of(options), null, null);
    new ImageCreate(opener).create(request, lines::add);
    JsonNode ours = info(path("d.qcow2"));
    Qemu.check(directory.resolve("d.qcow2"));
    String theirs =
        Qemu.run("qemu-img", "create", "-f", "qcow2", "-o", options, path("d.qcow2"), size);
    assertEquals(theirs.strip(), String.join("\n", lines));
    assertEquals(info(path("d.qcow2")), ours);
  }

  private static JsonNode info(String target) throws IOException {
    JsonNode node = JSON.readTree(Qemu.run("qemu-img", "info", "--output=json", target));
    ((com.fasterxml.jackson.databind.node.ObjectNode) node).remove("actual-size");
    return node;
  }

  @Test
  void shouldCreateOverlaysOfTheBackingFilesSize() throws IOException {
    chain();
    new ImageCreate(opener)
        .create(
            new ImageCreate.Request(
                path("over.qcow2"), "qcow2", null, List.of(), "top.qcow2", "qcow2"),
            line -> {});
    Qemu.run("qemu-img", "compare", path("over.qcow2"), path("top.qcow2"));
    assertEquals(5 << 20, ImageInfo.read(opener, path("over.qcow2"), null).virtualBytes());
    checkInfo(path("over.qcow2"), "qcow2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cluster_size=3000|10M|must be a power of two between 512 and 2097152 (2M)",
        "compat=0.10,refcount_bits=8|10M|widths other than 16 need compat 1.1",
        "compat=0.10,lazy_refcounts=on|10M|needs compat 1.1",
        "refcount_bits=128|10M|must be a power of two and at most 64",
        "compat=0.9|10M|must be one of: 0.10, 1.1",
        "nosuch=1|10M|option nosuch: not known by format qcow2",
        "extended_l2=on|10M|option extended_l2=on: not supported",
        "encryption=on|10M|option encryption=on: not supported",
        "cluster_size=64k|10X|must be a number, with an optional suffix",
        "cluster_size=64k||size: must be given",
        "cluster_size=512|1T|too large for cluster size 512",
      })
  void shouldRefuseOptionsByName(String options, String size, String message) {
    ImageCreate.Request request =
        new ImageCreate.Request(path("no.qcow2"), "qcow2", size, List.of(options), null, null);
    String line =
        assertThrows(ImageException.class, () -> new ImageCreate(opener).create(request, x -> {}))
            .getMessage();
    assertTrue(line.startsWith(path("no.qcow2")) && line.contains(message), line);
    assertTrue(Files.notExists(directory.resolve("no.qcow2")), "nothing is made");
  }

  @ParameterizedTest
  @CsvSource({"raw, 4096", "qcow2, 4096", "qcow2, 0", "raw, 512"})
  void shouldConvertAChain(String format, int sparse) throws IOException {
    String top = chain();
    List<Double> progress = new ArrayList<>();
    ImageConvert.Request request =
        new ImageConvert.Request(top, null, path("out"), format, List.of(), false, sparse);
    new ImageConvert(opener, ErrorSink.NONE).convert(request, progress::add);
    Qemu.run("qemu-img", "compare", "-F", format, top, path("out"));
    assertEquals(100.0, progress.getLast());
    assertEquals(ImageCompare.SAME, ImageCompare.compare(opener, top, null, path("out"), format));
  }

  @Test
  void shouldConvertToAnExistingImage() throws IOException {
    String top = chain();
    qcow2("dirty.qcow2", "cluster_size=8k", "6m");
    Qemu.run("qemu-io", "-c", "write -P 9 0 6m", path("dirty.qcow2"));
    ImageConvert.Request request =
        new ImageConvert.Request(top, "qcow2", path("dirty.qcow2"), "qcow2", List.of(), true, 4096);
    new ImageConvert(opener, ErrorSink.NONE).convert(request, percent -> {});
    Qemu.run("qemu-img", "compare", top, path("dirty.qcow2"));
    Qemu.check(directory.resolve("dirty.qcow2"));
  }

  @Test
  void shouldFindTheFirstByteThatDiffers() throws IOException {
    String top = chain();
    Qemu.run("qemu-img", "convert", "-O", "raw", top, path("copy.raw"));
    try (RandomAccessFile access = new RandomAccessFile(path("copy.raw"), "rw")) {
      access.seek(2_345_678);
      access.write(7);
    }
    long at = ImageCompare.compare(opener, top, null, path("copy.raw"), "raw");
    assertEquals(2_345_678, at);
  }
}
