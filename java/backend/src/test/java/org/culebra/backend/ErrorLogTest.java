package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorLogTest {
  private final List<String> lines = new ArrayList<>();
  private final ErrorLog log = new ErrorLog(lines::add);

  @Test
  void shouldSayEachLineOnceAndCountTheRest() {
    log.record("disk a: no");
    log.record("disk b: no");
    log.record("disk a: no");
    assertEquals(List.of("disk a: no", "disk b: no"), lines);
    assertEquals(2, log.count("disk a: no"));
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
