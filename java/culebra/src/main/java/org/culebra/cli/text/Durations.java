package org.culebra.cli.text;

import java.math.BigDecimal;

/** Times on the command line: seconds, with a fraction if need be. */
public final class Durations {
  private static final BigDecimal NS_PER_S = BigDecimal.valueOf(1_000_000_000L);

  /** The longest time accepted: a week. */
  public static final long SECONDS_MAX = 7 * 24 * 3600;

  private Durations() {}

  /**
   * Reads seconds: {@code 10}, {@code 0.5}.
   *
   * @return nanoseconds, 0 to a week
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  public static long parseSecondsNs(String text) {
    if (text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
      BigDecimal seconds = new BigDecimal(text);
      if (seconds.compareTo(BigDecimal.valueOf(SECONDS_MAX)) <= 0) {
        return seconds.multiply(NS_PER_S).longValueExact();
      }
    }
    throw new IllegalArgumentException(text + ": seconds from 0 to " + SECONDS_MAX);
  }
}
