package org.culebra.cli.bench;

/**
 * The part of a disk that one queue works on.
 *
 * @param index the queue's
 * @param blockCount how many blocks each part has
 * @param blockBytes how large they are
 */
record BenchPart(int index, int blockCount, int blockBytes) {
  /** Returns where a block lies on the disk. */
  long offsetBytes(int block) {
    return ((long) index * blockCount + block) * blockBytes;
  }
}
