package org.culebra.cli.text;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * A file in the format of HdrHistogram's log, one line per interval and tag, values in nanoseconds.
 * Confined to one thread at a time.
 */
public final class HdrLog implements AutoCloseable {
  /** The unit that the interval's maximum is shown in: milliseconds. */
  private static final double MAX_VALUE_UNIT_NS = 1_000_000;

  private static final double MS_PER_S = 1000;

  private final Path path;
  private final PrintStream stream;
  private final HistogramLogWriter writer;
  private final long startMs;
  private long intervalStartMs;

  private HdrLog(Path path, OutputStream file, long nowMs) {
    this.path = path;
    stream = new PrintStream(file, false, StandardCharsets.UTF_8);
    writer = new HistogramLogWriter(stream);
    startMs = nowMs;
    intervalStartMs = nowMs;
  }

  /**
   * Makes the file, replacing one that is there.
   *
   * @param what one line that says whose latencies these are
   * @param nowMs the time since the epoch, at which the first interval begins
   * @throws IOException when it can't be written
   */
  public static HdrLog create(Path path, String what, long nowMs) throws IOException {
    OutputStream file = new BufferedOutputStream(Files.newOutputStream(path));
    HdrLog log = new HdrLog(path, file, nowMs);
    log.writer.outputLogFormatVersion();
    log.writer.outputComment("[" + what + "; values in nanoseconds]");
    log.writer.outputStartTime(nowMs);
    log.writer.setBaseTime(nowMs);
    log.writer.outputLegend();
    log.stream.flush();
    return log;
  }

  /** Writes one histogram of the interval that ends now; an empty one is left out. */
  public void write(String tag, Histogram histogram, long nowMs) {
    if (histogram.getTotalCount() == 0) {
      return;
    }
    histogram.setTag(tag);
    writer.outputIntervalHistogram(
        (intervalStartMs - startMs) / MS_PER_S,
        (nowMs - startMs) / MS_PER_S,
        histogram,
        MAX_VALUE_UNIT_NS);
  }

  /**
   * Begins the next interval, with what was written on its way to the file.
   *
   * @throws IOException when the file took it not
   */
  public void endInterval(long nowMs) throws IOException {
    intervalStartMs = nowMs;
    if (stream.checkError()) {
      throw new IOException(path + ": can't be written");
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
