package org.culebra.spec;

import java.util.SplittableRandom;

/** The seed of a random test: printed, so that {@code -Dseed=} replays it. */
public final class Seed {
  private Seed() {}

  /** Returns the seed of {@code -Dseed=}, else a new one. */
  public static long of(Class<?> test) {
    String given = System.getProperty("seed", "");
    long seed = given.isBlank() ? new SplittableRandom().nextLong() : Long.parseLong(given);
    System.out.println(test.getSimpleName() + " -Dseed=" + seed);
    return seed;
  }
}
