package org.culebra.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.culebra.cli.CommandLineRun;
import org.culebra.cli.text.LatencySummary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOptionsTest {
  private static BenchOptions options(int depth, int queues, boolean verify, long sizeBytes) {
    return new BenchOptions(
        Path.of("/s"),
        BenchWorkload.RANDRW,
        4096,
        depth,
        queues,
        0,
        1_000_000_000L,
        false,
        verify,
        sizeBytes,
        -1,
        null);
  }

  private static LatencySummary latency(String operation, long count) {
    return new LatencySummary("", -1, operation, count, 1000, 2000, new long[5], 9000);
  }

  private static BenchResult result(long errors, BenchResult.Verified verified) {
    var latencies = List.of(latency("read", 3000), latency("write", 1000));
    String firstError = errors == 0 ? null : "read at offset 0: IOERR";
    return new BenchResult(
        options(1, 1, false, 0), 2_000_000_000L, latencies, errors, firstError, verified);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|--socket-path: needed (see culebra bench --help)",
        "--socket-path /s --bs 1000|--bs 1000: a multiple of 512 up to 16777216",
        "--socket-path /s --bs 0|--bs 0: a multiple of 512 up to 16777216",
        "--socket-path /s --bs 32M|--bs 33554432: a multiple of 512 up to 16777216",
        "--socket-path /s --bs 4q|"
            + "--bs 4q: a size is a number of bytes, or a number with k, M, G, T, P or E",
        "--socket-path /s --iodepth 0|--iodepth 0: 1 to 1024",
        "--socket-path /s --iodepth 2000|--iodepth 2000: 1 to 1024",
        "--socket-path /s --queues 257|--queues 257: 1 to 256",
        "--socket-path /s --runtime 0|--runtime 0: more than 0 seconds",
        "--socket-path /s --runtime 1m|--runtime 1m: seconds from 0 to 604800",
        "--socket-path /s --warmup x|--warmup x: seconds from 0 to 604800",
        "--socket-path /s --rw trim|--rw trim: one of randread, randwrite, randrw, read, write",
        "--socket-path /s --seed x|--seed x: a whole number is needed",
        "--socket-path /s --size -1|"
            + "--size -1: a size is a number of bytes, or a number with k, M, G, T, P or E",
        "--socket-path /s --bs 16M --iodepth 64 --queues 8|"
            + "--bs 16777216 --iodepth 64 --queues 8: more than 4 GiB of buffers",
      })
  void shouldTellTheValueAndTheRuleOfAWrongOption(String options, String error) {
    String line = options == null ? "bench" : "bench " + options;
    assertEquals(
        new CommandLineRun(2, "", "culebra: " + error + "\n"), CommandLineRun.of(line.split(" ")));
  }

  @Test
  void shouldCutTheRangeIntoWholeBlocksForEachQueue() {
    assertEquals(25, options(1, 4, false, 0).blocksPerQueue(100 * 4096 + 2000));
    assertEquals(2, options(1, 3, false, 7 * 4096).blocksPerQueue(100 * 4096));
    assertEquals(BenchOptions.VERIFY_BLOCKS_MAX, options(1, 1, true, 0).blocksPerQueue(1L << 50));
    assertEquals(4096L * 3 * 9, new BenchPart(2, 9, 4096).offsetBytes(9));
  }

  @Test
  void shouldRefuseARangeThatDoesNotFit() {
    assertEquals(
        "--size 8192: the disk has 4096 bytes",
        assertThrows(
                IllegalArgumentException.class,
                () -> options(1, 1, false, 8192).blocksPerQueue(4096))
            .getMessage());
    assertEquals(
        "--size 8192 bytes: 1 queues need 3 blocks of 4096",
        assertThrows(
                IllegalArgumentException.class,
                () -> options(3, 1, true, 8192).blocksPerQueue(1 << 20))
            .getMessage());
    assertEquals(
        "the disk of 1024 bytes: 2 queues need 2 blocks of 4096",
        assertThrows(
                IllegalArgumentException.class, () -> options(3, 2, false, 0).blocksPerQueue(1024))
            .getMessage());
    long sizeBytes = 4096L * (BenchOptions.VERIFY_BLOCKS_MAX + 1L);
    assertEquals(
        "--size " + sizeBytes + ": --verify takes at most 16777216 blocks",
        assertThrows(
                IllegalArgumentException.class,
                () -> options(3, 2, true, sizeBytes).blocksPerQueue(1L << 50))
            .getMessage());
  }

  @Test
  void shouldReckonWithTheTimeThatCounts() {
    BenchResult result = result(0, null);
    assertEquals(4000, result.requests());
    assertEquals(2000, result.iops());
    assertEquals(2000 * 4096, result.bytesPerSecond());
    assertNull(result.failure());
  }

  @Test
  void shouldFailForErrorsAndMismatches() {
    assertEquals(
        "2 requests ended badly, the first: read at offset 0: IOERR", result(2, null).failure());
    var verified = new BenchResult.Verified(1, 0, 0, "offset 0: expected …");
    assertEquals("offset 0: expected …", result(2, verified).failure());
  }

  @Test
  void shouldShowTheResultToAPerson() {
    String text = BenchReport.human(result(0, new BenchResult.Verified(7, 8, 9, null)));
    List<String> lines = text.lines().toList();
    assertEquals("randrw, 4 KiB, depth 1, 1 queue, 2.00 s, seed -1", lines.get(0));
    assertEquals("2000 IOPS, 7.8 MiB/s, 4000 requests, 0 errors", lines.get(1));
    assertTrue(lines.get(2).startsWith("operation  count  us: min  mean"), text);
    assertEquals(
        "verified: 7 blocks during the run and 9 read back are right, 8 were never written",
        lines.getLast());
  }

  @Test
  void shouldShowTheResultToAProgram() {
    String json = BenchReport.json(result(1, new BenchResult.Verified(7, 8, 9, "wrong")));
    assertTrue(json.contains("\"iops\": 2000,"), json);
    assertTrue(json.contains("\"seed\": -1,"), json);
    assertTrue(json.contains("\"mismatch\": \"wrong\""), json);
    assertTrue(json.contains("\"operation\": \"write\",\n            \"count\": 1000,"), json);
  }
}
