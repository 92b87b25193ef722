package org.culebra.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HdrLogTest {
  private static final long START_MS = 1_700_000_000_000L;

  @TempDir private Path directory;

  private static Histogram histogram(long... valuesNs) {
    Histogram histogram = new Histogram(100, 100_000_000_000L, 2);
    for (long valueNs : valuesNs) {
      histogram.recordValue(valueNs);
    }
    return histogram;
  }

  @Test
  void shouldWriteWhatTheStandardReaderReads() throws IOException {
    Path file = directory.resolve("a.hlog");
    try (HdrLog log = HdrLog.create(file, "test", START_MS)) {
      log.write("d0.read", histogram(1000, 2000), START_MS + 1000);
      log.write("d0.flush", histogram(), START_MS + 1000);
      log.endInterval(START_MS + 1000);
      log.write("d0.write", histogram(9_000_000), START_MS + 2500);
      log.endInterval(START_MS + 2500);
    }
    try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
      EncodableHistogram first = reader.nextIntervalHistogram();
      assertEquals("d0.read", first.getTag());
      assertEquals(2, ((Histogram) first).getTotalCount());
      assertEquals(1000, first.getEndTimeStamp() - first.getStartTimeStamp());
      EncodableHistogram second = reader.nextIntervalHistogram();
      assertEquals("d0.write", second.getTag());
      assertEquals(START_MS + 1000, second.getStartTimeStamp());
      assertEquals(START_MS + 2500, second.getEndTimeStamp());
      assertFalse(reader.hasNext());
      assertEquals(START_MS / 1000.0, reader.getStartTimeSec());
    }
  }

  @Test
  void shouldTellThePathThatCantBeWritten() {
    Path file = directory.resolve("missing/a.hlog");
    var failed = assertThrows(IOException.class, () -> HdrLog.create(file, "test", START_MS));
    assertEquals(file.toString(), failed.getMessage());
  }
}
