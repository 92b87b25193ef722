package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.image.ImageException;
import org.culebra.image.ImageOptions;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images that lie: each lie has its line, none hangs, grows, or ends anything else. */
@Timeout(60)
class HostileImageTest {
  private static final int CLUSTER = 65536;
  private static final int L1 = 3 * CLUSTER;

  private final List<String> faults = new ArrayList<>();
  private SimulatedBlockDevice file;

  @BeforeEach
  void makeImage() throws IOException {
    file = image(true);
  }

  private static SimulatedBlockDevice image(boolean growable) throws IOException {
    SimulatedBlockDevice file =
        new SimulatedBlockDevice(growable ? 0 : 1 << 20, 1).growable(growable);
    file.activate();
    Qcow2Format.create(file, Qcow2CreateOptions.of(1 << 20));
    file.deactivate();
    return file;
  }

  private void poke(long offset, int bytes, long value) {
    byte[] content = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      content[i] = (byte) (value >>> 8 * (bytes - 1 - i));
    }
    file.poke(offset, content);
  }

  @ParameterizedTest(name = "{0}: {1} bytes, {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "0|4|0x51464900|magic 0x51464900: must be 0x514649fb",
        "4|4|1|version 1: must be 2 or 3",
        "4|4|4|version 4: must be 2 or 3",
        "8|8|4|backing_file_offset 0x4: must be between the header and the end",
        "8|8|0x7fffffffffffffff|backing_file_offset 0x7fffffffffffffff: must be between",
        "8|8|0xffffffffffffff00|backing_file_offset 0xffffffffffffff00: must be between",
        "20|4|0|cluster_bits 0: must be 9 to 21",
        "20|4|63|cluster_bits 63: must be 9 to 21",
        "20|4|0xffffffff|cluster_bits 4294967295: must be 9 to 21",
        "24|8|0x8000000000000000|size 0x8000000000000000: must be below 2^63",
        "24|8|0x7fffffffffffffff|l1_size 1: a disk of 9223372036854775807 bytes needs",
        "32|4|1|crypt_method 1: AES encryption is not supported",
        "32|4|2|crypt_method 2: LUKS encryption is not supported",
        "32|4|3|crypt_method 3: must be 0, 1 or 2",
        "36|4|0|l1_size 0: a disk of 1048576 bytes needs 1",
        "36|4|0xffffffff|l1_size 4294967295: must be at most 4194304",
        "36|4|0x400000|l1_table_offset 0x30000, 33554432 bytes: passes the file's end",
        "40|8|0x30200|l1_table_offset 0x30200: must be a multiple of the cluster's 65536",
        "40|8|0|l1_table_offset 0x0: overlaps the header",
        "40|8|0x100000000000000|l1_table_offset 0x100000000000000: must be below 2^56",
        "40|8|0x7fff0000|l1_table_offset 0x7fff0000, 8 bytes: passes the file's end",
        "40|8|0x10000|l1_table_offset 0x10000: overlaps the refcount table at 0x10000",
        "48|8|0|refcount_table_offset 0x0: overlaps the header",
        "48|8|0x10001|refcount_table_offset 0x10001: must be a multiple",
        "56|4|0|refcount_table_clusters 0: must be above 0",
        "56|4|0x7fffffff|refcount_table_clusters 2147483647: the table must be at most",
        "60|4|0x7fffffff|nb_snapshots 2147483647: must be at most 65536",
        "72|8|4|incompatible_features 0x4: external data file is not supported",
        "72|8|8|incompatible_features 0x8: compression type 0 is not supported",
        "72|8|16|incompatible_features 0x10: extended L2 entries are not supported",
        "72|8|0x20|incompatible_features 0x20: bit 5 is not supported",
        "72|8|0x8000000000000000|incompatible_features 0x8000000000000000: bit 63",
        "96|4|7|refcount_order 7: must be 0 to 6",
        "96|4|0xffffffff|refcount_order 2147483647: must be 0 to 6",
        "100|4|72|header_length 72: must be at least 104",
        "100|4|110|header_length 110: must be a multiple of 8",
        "100|4|0xfffffff8|header_length 4294967288: must be within the cluster",
        "104|1|1|compression_type 1: must be 0 without the compression type bit",
        "116|4|0xffffff00|header extension 0x6803f857 at 112: length 4294967040: passes the end",
      })
  void shouldRefuseAHeaderByTheRuleItBreaks(int offset, int bytes, String value, String message) {
    long number = Long.parseUnsignedLong(value.replace("0x", ""), value.startsWith("0x") ? 16 : 10);
    poke(offset, bytes, number);
    String line =
        assertThrows(ImageException.class, () -> new Qcow2Device(file, ImageOptions.DEFAULT))
            .getMessage();
    assertTrue(line.startsWith("simulated:" + file.capacityBytes() + ": qcow2: " + message), line);
  }

  @Test
  void shouldRefuseABackingNameThatIsTooLong() {
    poke(8, 8, 1024);
    poke(16, 4, 1024);
    String line =
        assertThrows(ImageException.class, () -> new Qcow2Device(file, ImageOptions.DEFAULT))
            .getMessage();
    assertTrue(line.endsWith("backing_file_size 1024: must be 1 to 1023"), line);
  }

  @Test
  void shouldNameAFeatureThatTheImageNames() {
    poke(72, 8, 0x40);
    // The table's first entry says "dirty bit" for bit 0: it names bit 6 now.
    poke(121, 1, 6);
    String line =
        assertThrows(ImageException.class, () -> new Qcow2Device(file, ImageOptions.DEFAULT))
            .getMessage();
    assertTrue(line.endsWith("0x40: bit 6 (dirty bit) is not supported"), line);
  }

  @ParameterizedTest
  @CsvSource({"3, file has 3 bytes", "71, file has 71 bytes", "100, file"})
  void shouldRefuseATruncatedHeader(int length, String message) throws IOException {
    byte[] head = file.content(0, length);
    SimulatedBlockDevice cut = new SimulatedBlockDevice(length, 1).growable(true);
    cut.poke(0, head);
    String line =
        assertThrows(ImageException.class, () -> new Qcow2Device(cut, ImageOptions.DEFAULT))
            .getMessage();
    assertTrue(line.contains(message), line);
  }

  @Test
  void shouldRefuseAnEmptyFile() {
    SimulatedBlockDevice empty = new SimulatedBlockDevice(0, 1).growable(true);
    String line =
        assertThrows(ImageException.class, () -> new Qcow2Device(empty, ImageOptions.DEFAULT))
            .getMessage();
    assertTrue(line.contains("file has 0 bytes: a header has at least 72"), line);
  }

  @Test
  void shouldOpenOrRefuseAnyHeaderWithOneLine() throws IOException {
    SplittableRandom random = Seeds.random("headers");
    byte[] good = file.content(0, 1024);
    for (int i = 0; i < 3000; i++) {
      byte[] bad = good.clone();
      for (int j = 1 + random.nextInt(4); j > 0; j--) {
        bad[random.nextInt(4, 130)] = (byte) random.nextInt();
      }
      file.poke(0, bad);
      try (Qcow2Device device = new Qcow2Device(file, ImageOptions.DEFAULT)) {
        assertTrue(device.capacityBytes() >= 0);
      } catch (ImageException e) {
        assertTrue(!e.getMessage().contains("\n"), e.getMessage());
      }
    }
  }

  private int execute(BlockOperation operation, long offset, int length) throws IOException {
    ImageOptions options = ImageOptions.DEFAULT.withErrors(faults::add);
    try (Qcow2Device device = new Qcow2Device(file, options)) {
      device.activate();
      Patterns.Native memory = new Patterns.Native(length, 4096);
      try (QueueDriver queue = new QueueDriver(device, 1);
          IoVector vector = IoVector.of(memory.address(), length)) {
        BlockRequest request = new BlockRequest().set(operation, offset, length, 0);
        boolean moves = operation == BlockOperation.READ || operation == BlockOperation.WRITE;
        return queue.execute(moves ? request.memory(vector, 0) : request);
      }
    }
  }

  private boolean isMarkedCorrupt() {
    return (file.content(79, 1)[0] & 2) != 0;
  }

  /** One L2 table at cluster 4 whose first entry is given. */
  private void setL2(long entry) {
    poke(L1, 8, 4L * CLUSTER | 1L << 63);
    poke(4L * CLUSTER, CLUSTER, 0);
    poke(4L * CLUSTER, 8, entry);
    poke(2L * CLUSTER + 8, 2, 1);
  }

  @ParameterizedTest(name = "L2 entry {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "0x8000000000000200|not a multiple of the cluster size|true",
        "0x8000000000010000|host offset 0x10000 of offset 0x0: overlaps the refcount table|true",
        "0x8000000000030000|host offset 0x30000 of offset 0x0: overlaps the L1 table|true",
        "0x80ffffffffff0000|beyond the end of the file|false",
      })
  void shouldFailRequestsOfABrokenL2Entry(String entry, String message, boolean marks)
      throws IOException {
    setL2(Long.parseUnsignedLong(entry.substring(2), 16));
    assertEquals(-Errno.EIO, execute(BlockOperation.READ, 0, 4096));
    assertTrue(faults.getFirst().contains(message), faults.toString());
    assertEquals(marks, isMarkedCorrupt());
    assertEquals(1, faults.size());
  }

  @ParameterizedTest
  @CsvSource({"WRITE", "WRITE_ZEROES", "DISCARD"})
  void shouldNotWriteThroughAnEntryThatPointsAtTheHeader(BlockOperation operation)
      throws IOException {
    setL2(1L << 63 | 0x10000);
    byte[] before = file.content(CLUSTER, CLUSTER);
    assertEquals(-Errno.EIO, execute(operation, 0, CLUSTER));
    Patterns.assertSame(before, file.content(CLUSTER, CLUSTER), "the refcount table");
    assertTrue(isMarkedCorrupt());
  }

  @ParameterizedTest(name = "L1 entry {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "0x8000000000040200|L2 table offset 0x40200 of L1 entry 0: not a multiple",
        "0x8000000000010000|L2 table offset 0x10000 of L1 entry 0: overlaps the refcount table",
        "0x8000000000030000|L2 table offset 0x30000 of L1 entry 0: overlaps the L1 table",
      })
  void shouldFailRequestsOfABrokenL1Entry(String entry, String message) throws IOException {
    poke(L1, 8, Long.parseUnsignedLong(entry.substring(2), 16));
    assertEquals(-Errno.EIO, execute(BlockOperation.READ, 0, 4096));
    assertTrue(faults.getFirst().contains(message), faults.toString());
    faults.clear();
    // Its mark makes it read-only from here on.
    assertTrue(isMarkedCorrupt());
    String line =
        assertThrows(IOException.class, () -> execute(BlockOperation.WRITE, 0, 512)).getMessage();
    assertTrue(line.contains("corrupt bit is set"), line);
  }

  @Test
  void shouldNotAllocateAClusterThatATableStandsIn() throws IOException {
    setL2(0);
    // The L2 table's own refcount is 0 now: the allocator would take it.
    poke(2L * CLUSTER + 8, 2, 0);
    assertEquals(-Errno.EIO, execute(BlockOperation.WRITE, 0, 4096));
    assertTrue(
        faults.getFirst().contains("refcount 0, but it overlaps a table"), faults.toString());
    assertTrue(isMarkedCorrupt());
  }

  @ParameterizedTest
  @CsvSource({"0x20200, not a multiple", "0x30000, overlaps the L1 table", "0x0, overlaps"})
  void shouldFailAllocationsOfABrokenRefcountTable(String block, String message)
      throws IOException {
    poke(CLUSTER, 8, Long.parseLong(block.substring(2), 16));
    assertEquals(-Errno.EIO, execute(BlockOperation.WRITE, 0, 4096));
    assertTrue(faults.getFirst().contains(message), faults.toString());
  }

  @Test
  void shouldFailCleanlyWhenAFileOfFixedSizeIsFull() throws IOException {
    file = image(false);
    ImageOptions options = ImageOptions.DEFAULT.withErrors(faults::add);
    Qcow2Device device = new Qcow2Device(file, options);
    device.activate();
    int written = 0;
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      byte[] bytes = Patterns.bytes(Seeds.random("full"), CLUSTER);
      int result = 0;
      for (int i = 0; i < 16 && result == 0; i++) {
        result = queue.write((long) i * CLUSTER, bytes, 0);
        written += result == 0 ? 1 : 0;
      }
      assertEquals(-Errno.ENOSPC, result);
      // 16 clusters: header, refcount table and block, L1 and L2 table leave 11.
      assertEquals(11, written);
      assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
      assertEquals(0, queue.write(0, bytes, 0), "what has its cluster can be written");
      assertEquals(0, queue.execute(BlockOperation.DISCARD, 0, CLUSTER, 0));
      assertEquals(0, queue.write(15L * CLUSTER, bytes, 0), "the freed cluster is used again");
      assertEquals(-Errno.ENOSPC, queue.write(0, bytes, 0), "and there is no other");
    }
    device.deactivate();
    assertTrue(device.check(faults::add).isClean(), faults.toString());
    assertEquals(List.of(), faults);
    device.close();
  }
}
