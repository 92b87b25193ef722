package org.culebra.backend;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Says each distinct fault once and counts the rest, so that no guest or server can fill a disk
 * with messages. Thread-safe; not for the data path's good case.
 */
final class ErrorLog {
  /** Distinct lines remembered; an older one is said again when it comes back. */
  private static final int LINES_MAX = 1024;

  private final Consumer<String> sink;
  private final Map<String, long[]> counts =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, long[]> eldest) {
          return size() > LINES_MAX;
        }
      };

  ErrorLog(Consumer<String> sink) {
    this.sink = sink;
  }

  /** Says a line if it wasn't said before. */
  void record(String line) {
    synchronized (counts) {
      long[] count = counts.computeIfAbsent(line, key -> new long[1]);
      if (count[0]++ > 0) {
        return;
      }
    }
    sink.accept(line);
  }

  /** Returns how often a line came. */
  long count(String line) {
    synchronized (counts) {
      long[] count = counts.get(line);
      return count == null ? 0 : count[0];
    }
  }
}
