package org.culebra.cli.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.HdrHistogram.Histogram;

/**
 * The latency of one operation in a few numbers.
 *
 * @param disk whose it is; empty where there is only one
 * @param queue the vring's index, or -1 for all
 * @param operation {@code read}, {@code write} …
 * @param count how many requests
 * @param minNs the shortest
 * @param meanNs the mean
 * @param percentilesNs one value for each of {@link #PERCENTILES}
 * @param maxNs the longest
 */
public record LatencySummary(
    String disk,
    int queue,
    String operation,
    long count,
    long minNs,
    double meanNs,
    long[] percentilesNs,
    long maxNs) {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
  private static final String[] LABELS = {"p50", "p90", "p99", "p99.9", "p99.99"};
  private static final String[] KEYS = {"p50Ns", "p90Ns", "p99Ns", "p999Ns", "p9999Ns"};

  /** Returns the names of the percentiles, in the order of the values. */
  public static String[] labels() {
    return LABELS.clone();
  }

  /** Sums up a histogram of nanoseconds. */
  public static LatencySummary of(String disk, int queue, String operation, Histogram histogram) {
    long[] percentiles = new long[PERCENTILES.length];
    for (int i = 0; i < percentiles.length; i++) {
      percentiles[i] = histogram.getValueAtPercentile(PERCENTILES[i]);
    }
    boolean empty = histogram.getTotalCount() == 0;
    return new LatencySummary(
        disk,
        queue,
        operation,
        histogram.getTotalCount(),
        empty ? 0 : histogram.getMinValue(),
        histogram.getMean(),
        percentiles,
        histogram.getMaxValue());
  }

  /**
   * Writes the numbers into an object; {@code disk} and {@code queue} only where they say
   * something.
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.object();
    if (!disk.isEmpty()) {
      json.put("disk", disk);
    }
    if (queue >= 0) {
      json.put("queue", queue);
    }
    json.put("operation", operation).put("count", count).put("minNs", minNs);
    json.put("meanNs", Math.round(meanNs));
    for (int i = 0; i < KEYS.length; i++) {
      json.put(KEYS[i], percentilesNs[i]);
    }
    return json.put("maxNs", maxNs);
  }

  /** Reads what {@link #toJson()} wrote; what is missing is 0. */
  public static LatencySummary fromJson(JsonNode json) {
    long[] percentiles = new long[KEYS.length];
    for (int i = 0; i < KEYS.length; i++) {
      percentiles[i] = json.path(KEYS[i]).asLong();
    }
    return new LatencySummary(
        json.path("disk").asText(),
        json.path("queue").asInt(-1),
        json.path("operation").asText(),
        json.path("count").asLong(),
        json.path("minNs").asLong(),
        json.path("meanNs").asDouble(),
        percentiles,
        json.path("maxNs").asLong());
  }
}
