package org.culebra.cli.bench;

import java.nio.file.Path;

/**
 * What a run is told.
 *
 * @param socket where the back-end listens
 * @param workload reads, writes, in which order
 * @param blockBytes the size of a request, a multiple of 512
 * @param depth requests in flight on each queue
 * @param queues how many queues, each with a thread
 * @param warmupNs time before anything counts
 * @param runtimeNs time that counts
 * @param poll look at the used ring all the time instead of sleeping until a notification
 * @param verify write patterns and check them
 * @param sizeBytes the range to use, from offset 0; 0 for all of the disk
 * @param seed decides offsets and patterns
 * @param hdrLog where latencies are written each second, or null
 */
record BenchOptions(
    Path socket,
    BenchWorkload workload,
    int blockBytes,
    int depth,
    int queues,
    long warmupNs,
    long runtimeNs,
    boolean poll,
    boolean verify,
    long sizeBytes,
    long seed,
    Path hdrLog) {
  /** The most blocks that verify keeps the generations of: 4 bytes each. */
  static final int VERIFY_BLOCKS_MAX = 1 << 26;

  /** The most blocks of a queue's part: what numbers them is an int. */
  private static final long QUEUE_BLOCKS_MAX = Integer.MAX_VALUE - 64;

  /**
   * Returns how many blocks each queue gets, the queue's index times that being its first one.
   *
   * @throws IllegalArgumentException when the disk or the range can't be used so
   */
  int blocksPerQueue(long capacityBytes) {
    if (sizeBytes > capacityBytes) {
      throw new IllegalArgumentException(
          "--size " + sizeBytes + ": the disk has " + capacityBytes + " bytes");
    }
    long blocks = (sizeBytes == 0 ? capacityBytes : sizeBytes) / blockBytes;
    if (verify && blocks > VERIFY_BLOCKS_MAX) {
      if (sizeBytes != 0) {
        throw new IllegalArgumentException(
            "--size " + sizeBytes + ": --verify takes at most " + VERIFY_BLOCKS_MAX + " blocks");
      }
      blocks = VERIFY_BLOCKS_MAX;
    }
    long perQueue = Math.min(blocks / queues, QUEUE_BLOCKS_MAX);
    long needed = verify ? depth : 1;
    if (perQueue < needed) {
      throw new IllegalArgumentException(
          (sizeBytes == 0 ? "the disk of " + capacityBytes : "--size " + sizeBytes)
              + " bytes: "
              + queues
              + " queues need "
              + needed * queues
              + " blocks of "
              + blockBytes);
    }
    return (int) perQueue;
  }
}
