package org.culebra.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.culebra.cli.text.ByteSize;
import org.culebra.cli.text.Json;
import org.culebra.cli.text.LatencyTable;

/** Shows a result to a person or to a program. */
final class BenchReport {
  private static final double NS_PER_S = 1e9;
  private static final double MIB = 1 << 20;

  private BenchReport() {}

  /** Returns a few lines and the table of percentiles. */
  static String human(BenchResult result) {
    BenchOptions options = result.options();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, %s, depth %d, %d %s, %.2f s, seed %s%n",
            options.workload().name().toLowerCase(Locale.ROOT),
            ByteSize.format(options.blockBytes()),
            options.depth(),
            options.queues(),
            options.queues() == 1 ? "queue" : "queues",
            result.elapsedNs() / NS_PER_S,
            Long.toUnsignedString(options.seed())));
    text.append(
        String.format(
            Locale.ROOT,
            "%.0f IOPS, %.1f MiB/s, %d requests, %d errors%n",
            result.iops(),
            result.bytesPerSecond() / MIB,
            result.requests(),
            result.errors()));
    text.append(LatencyTable.text(result.latencies()));
    BenchResult.Verified verified = result.verified();
    if (verified != null && result.failure() == null) {
      text.append(
          String.format(
              "verified: %d blocks during the run and %d read back are right, %d were never"
                  + " written%n",
              verified.checkedBlocks(),
              verified.readBackBlocks(),
              verified.unwrittenBlocks()));
    }
    return text.toString();
  }

  /** Returns all of it as one object. */
  static String json(BenchResult result) {
    BenchOptions options = result.options();
    ObjectNode json =
        Json.object()
            .put("rw", options.workload().name().toLowerCase(Locale.ROOT))
            .put("blockBytes", options.blockBytes())
            .put("iodepth", options.depth())
            .put("queues", options.queues())
            .put("poll", options.poll())
            .put("seed", Long.toUnsignedString(options.seed()))
            .put("elapsedNs", result.elapsedNs())
            .put("requests", result.requests())
            .put("iops", Math.round(result.iops()))
            .put("bytesPerSecond", Math.round(result.bytesPerSecond()))
            .put("errors", result.errors());
    ArrayNode operations = json.putArray("operations");
    result.latencies().forEach(latency -> operations.add(latency.toJson()));
    BenchResult.Verified verified = result.verified();
    if (verified != null) {
      json.putObject("verify")
          .put("checkedBlocks", verified.checkedBlocks())
          .put("unwrittenBlocks", verified.unwrittenBlocks())
          .put("readBackBlocks", verified.readBackBlocks())
          .put("mismatch", verified.mismatch());
    }
    return Json.pretty(json) + "\n";
  }
}
