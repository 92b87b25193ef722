package org.culebra.block;

import java.util.SplittableRandom;

/** The seed of this run of tests: {@code -Dseed=} replays one. */
public final class Seeds {
  /** What every random choice of this run follows from; printed once. */
  public static final long SEED = choose();

  private Seeds() {}

  private static long choose() {
    String given = System.getProperty("seed", "");
    long seed = given.isBlank() ? System.nanoTime() : Long.parseLong(given.strip());
    System.out.println("seed " + seed + " (-Dseed=" + seed + " replays it)");
    return seed;
  }

  /** Returns randomness of its own for each name, the same for the same seed. */
  public static SplittableRandom random(String name) {
    return new SplittableRandom(SEED ^ name.hashCode() * 0x9e3779b97f4a7c15L);
  }
}
