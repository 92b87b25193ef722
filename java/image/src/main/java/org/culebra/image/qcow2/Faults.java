package org.culebra.image.qcow2;

import java.util.HashSet;
import java.util.Set;
import org.culebra.image.ErrorSink;

/** Reports each fault of an image once, and not without end. Confined to the owner. */
final class Faults {
  private static final int LINES_MAX = 32;

  private final String name;
  private final ErrorSink sink;
  private final Set<String> reported = new HashSet<>();
  private long count;

  Faults(String name, ErrorSink sink) {
    this.name = name;
    this.sink = sink;
  }

  void report(String line) {
    count++;
    if (reported.size() < LINES_MAX && reported.add(line)) {
      sink.report(name + ": " + line);
      if (reported.size() == LINES_MAX) {
        sink.report(name + ": more faults are counted, not reported");
      }
    }
  }

  /** Returns how many faults were met, each time counted. */
  long count() {
    return count;
  }
}
