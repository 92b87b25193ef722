package org.culebra.cli.image;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/** Shows how far something is, in one line that is written over, as qemu-img does. */
final class Progress implements DoubleConsumer {
  private static final long INTERVAL_NS = 100_000_000L;
  private static final double END_PERCENT = 100;

  private final PrintWriter out;
  private final LongSupplier clock;
  private long nextNs;
  private String shown = "";

  /**
   * Makes one that shows 0 at once.
   *
   * @param clock nanoseconds of some origin
   */
  Progress(PrintWriter out, LongSupplier clock) {
    this.out = out;
    this.clock = clock;
    this.nextNs = clock.getAsLong();
    accept(0);
  }

  /** Takes the percentage; shows it when enough time has passed, and the end always. */
  @Override
  public void accept(double percent) {
    long nowNs = clock.getAsLong();
    String text = String.format(Locale.ROOT, "    (%.2f/100%%)\r", percent);
    if (!text.equals(shown) && (nowNs - nextNs >= 0 || percent >= END_PERCENT)) {
      nextNs = nowNs + INTERVAL_NS;
      shown = text;
      out.print(text);
      out.flush();
    }
  }

  /** Ends the line. */
  void end() {
    out.println();
  }
}
