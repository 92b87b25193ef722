package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorLogTest {
  private final List<String> lines = new ArrayList<>();
  private long nowNs;
  private final ErrorLog log = new ErrorLog(lines::add, () -> nowNs);

  @Test
  void shouldSayEachLineOnceAndCountTheRest() {
    log.record("disk a: no");
    log.record("disk b: no");
    log.record("disk a: no");
    assertEquals(List.of("disk a: no", "disk b: no"), lines);
    assertEquals(2, log.count("disk a: no"));
  }

  @Test
  void shouldSayBoundedlyManyLinesToWhoAlwaysFindsANewFault() {
    for (int i = 0; i < 2000; i++) {
      log.record("line " + i);
    }
    assertEquals(ErrorLog.LINES_PER_INTERVAL_MAX + 1, lines.size());
    assertEquals("100 different faults within 10 s: the next ones are left out", lines.getLast());
    nowNs += 10_000_000_000L;
    log.record("later");
    assertEquals("later", lines.getLast());
  }

  @Test
  void shouldRememberABoundedNumberOfLines() {
    log.record("the first");
    for (int i = 0; i < 2000; i++) {
      log.record("line " + i);
    }
    assertEquals(0, log.count("the first"));
  }
}
