package org.culebra.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The lines that an error sink was given. */
public final class Lines implements Consumer<String> {
  private static final long TIMEOUT_NS = 20_000_000_000L;
  private static final long PAUSE_NS = 200_000;

  private final List<String> lines = new CopyOnWriteArrayList<>();

  @Override
  public void accept(String line) {
    lines.add(line);
  }

  public int count() {
    return lines.size();
  }

  public void assertNone() {
    assertEquals(List.of(), lines);
  }

  /** Checks that there is exactly one, that it is one line, and that it has a text. */
  public void assertOne(String text) {
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(lines.get(0).contains(text), lines.get(0));
    assertEquals(1, lines.get(0).lines().count());
  }

  @Override
  public String toString() {
    return lines.toString();
  }

  /** Waits until a condition holds, at most 20 s. */
  public static void await(String what, BooleanSupplier condition) {
    long beginNs = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - beginNs < TIMEOUT_NS, "never: " + what);
      LockSupport.parkNanos(PAUSE_NS);
    }
  }
}
