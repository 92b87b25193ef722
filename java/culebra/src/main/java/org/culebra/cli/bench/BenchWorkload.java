package org.culebra.cli.bench;

/** The workloads, named as fio names them. */
enum BenchWorkload {
  /** Reads at random offsets. */
  RANDREAD(true, 100),
  /** Writes at random offsets. */
  RANDWRITE(true, 0),
  /** As many reads as writes at random offsets. */
  RANDRW(true, 50),
  /** Reads one block after the other. */
  READ(false, 100),
  /** Writes one block after the other. */
  WRITE(false, 0);

  private final boolean isRandom;
  private final int readPercent;

  BenchWorkload(boolean isRandom, int readPercent) {
    this.isRandom = isRandom;
    this.readPercent = readPercent;
  }

  boolean isRandom() {
    return isRandom;
  }

  /** Returns how many of a hundred requests are reads. */
  int readPercent() {
    return readPercent;
  }

  boolean writes() {
    return readPercent < 100;
  }
}
