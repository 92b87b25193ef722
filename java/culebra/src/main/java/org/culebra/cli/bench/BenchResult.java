package org.culebra.cli.bench;

import java.util.List;
import org.culebra.cli.text.LatencySummary;

/**
 * What a run found.
 *
 * @param options what it was told
 * @param elapsedNs the time that counted
 * @param latencies for each operation that was done
 * @param errors requests that ended with another status than OK
 * @param firstError what the first of them was, or null
 * @param verified what verify found; null when it wasn't asked for
 */
record BenchResult(
    BenchOptions options,
    long elapsedNs,
    List<LatencySummary> latencies,
    long errors,
    String firstError,
    Verified verified) {
  private static final double NS_PER_S = 1e9;

  /**
   * What verify found.
   *
   * @param checkedBlocks blocks that were read and were what they had to be
   * @param unwrittenBlocks blocks that were read and never written, so that nothing was to check
   * @param readBackBlocks blocks read in the pass at the end
   * @param mismatch the first block that was wrong, or null
   */
  record Verified(
      long checkedBlocks, long unwrittenBlocks, long readBackBlocks, String mismatch) {
    /** Adds what two queues found; either may be null. */
    static Verified sum(Verified one, Verified other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return new Verified(
          one.checkedBlocks + other.checkedBlocks,
          one.unwrittenBlocks + other.unwrittenBlocks,
          one.readBackBlocks + other.readBackBlocks,
          one.mismatch == null ? other.mismatch : one.mismatch);
    }
  }

  /** Returns how many requests were done in the time that counted. */
  long requests() {
    return latencies.stream().mapToLong(LatencySummary::count).sum();
  }

  /** Returns requests in a second. */
  double iops() {
    return elapsedNs == 0 ? 0 : requests() * NS_PER_S / elapsedNs;
  }

  /** Returns bytes in a second. */
  double bytesPerSecond() {
    return iops() * options.blockBytes();
  }

  /** Returns the one line that says why the run is no success, or null. */
  String failure() {
    if (verified != null && verified.mismatch() != null) {
      return verified.mismatch();
    }
    return errors == 0 ? null : errors + " requests ended badly, the first: " + firstError;
  }
}
