package org.culebra.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyTableTest {
  private static LatencySummary summary(
      String disk, int queue, String operation, long... valuesNs) {
    Histogram histogram = new Histogram(1, 100_000_000_000L, 3);
    for (long valueNs : valuesNs) {
      histogram.recordValue(valueNs);
    }
    return LatencySummary.of(disk, queue, operation, histogram);
  }

  @Test
  void shouldAlignColumnsAndShowMicrosecondsWithTheUnitInTheHeader() {
    var rows = List.of(summary("d0", -1, "read", 1000, 2000, 3000), summary("disk1", -1, "flush"));
    assertEquals(
        """
        disk   operation  count  us: min  mean  p50  p90  p99  p99.9  p99.99  max
        d0     read           3      1.0   2.0  2.0  3.0  3.0    3.0     3.0  3.0
        disk1  flush          0      0.0   0.0  0.0  0.0  0.0    0.0     0.0  0.0
        """,
        LatencyTable.text(rows));
  }

  @Test
  void shouldShowQueuesOnlyWhereRowsHaveSome() {
    var rows = List.of(summary("", 0, "read", 500), summary("", -1, "read", 1_234_567));
    var lines = LatencyTable.of(rows).lines();
    assertTrue(lines.get(0).startsWith("queue  operation  count  us: min    mean     p50 "));
    assertTrue(lines.get(1).startsWith("0      read           1      0.5     0.5     0.5 "));
    assertTrue(lines.get(2).startsWith("all    read           1   1233.9  1234.4  1234.9 "));
  }

  @Test
  void shouldSayThatThereIsNothing() {
    assertEquals("no requests yet\n", LatencyTable.text(List.of()));
  }

  @Test
  void shouldPutEachPercentileUnderItsName() {
    long[] valuesNs = new long[10_000];
    for (int i = 0; i < valuesNs.length; i++) {
      valuesNs[i] = i + 1;
    }
    LatencySummary summary = summary("d", 3, "write", valuesNs);
    assertEquals(
        "{\"disk\":\"d\",\"queue\":3,\"operation\":\"write\",\"count\":10000,\"minNs\":1,"
            + "\"meanNs\":5001,\"p50Ns\":5003,\"p90Ns\":9007,\"p99Ns\":9903,\"p999Ns\":9991,"
            + "\"p9999Ns\":9999,\"maxNs\":10007}",
        Json.line(summary.toJson()));
  }

  @Test
  void shouldReadBackWhatItWroteAsJson() {
    LatencySummary summary = summary("d0", -1, "discard", 1000, 5_000_000);
    assertEquals(
        LatencyTable.text(List.of(summary)),
        LatencyTable.text(List.of(LatencySummary.fromJson(summary.toJson()))));
  }
}
