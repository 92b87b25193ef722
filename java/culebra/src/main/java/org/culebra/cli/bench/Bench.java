package org.culebra.cli.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.culebra.cli.text.HdrLog;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkFeatures;

/** One run: connects, loads, measures, verifies. Confined to one thread, but for its workers. */
final class Bench {
  private static final int SECTOR_SHIFT = 9;
  private static final int RING_SIZE_MIN = 64;
  private static final int RING_SIZE_MAX = 1024;
  private static final int CHAIN_DESCRIPTORS = 3;
  private static final long PAGE_BYTES = 4096;
  private static final long INTERVAL_NS = 1_000_000_000L;
  private static final long STALL_NS = 30_000_000_000L;

  private final BenchOptions options;
  private final FrontEnd frontEnd;
  private final List<BenchWorker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private long lastCompletions = -1;
  private long lastProgressNs;

  private Bench(BenchOptions options, FrontEnd frontEnd) {
    this.options = options;
    this.frontEnd = frontEnd;
  }

  /**
   * Runs to the end.
   *
   * @throws IOException when the back-end can't be reached, is lost or stops answering
   * @throws IllegalArgumentException when what is asked for can't be done on this disk
   */
  static BenchResult run(BenchOptions options) throws IOException, InterruptedException {
    int ringSize = Integer.highestOneBit(options.depth() * CHAIN_DESCRIPTORS * 2 - 1);
    FrontEndOptions frontEndOptions =
        new FrontEndOptions()
            .queueCount(options.queues())
            .queueSize(Math.min(Math.max(ringSize, RING_SIZE_MIN), RING_SIZE_MAX))
            .segmentsMax(1)
            .memoryBytes(options.queues() * buffersBytes(options));
    try (FrontEnd frontEnd = connect(options.socket(), frontEndOptions);
        HdrLog log = options.hdrLog() == null ? null : log(options)) {
      return new Bench(options, frontEnd).run(frontEndOptions.queueSize(), log);
    }
  }

  private static FrontEnd connect(Path socket, FrontEndOptions options) throws IOException {
    try {
      return FrontEnd.connect(socket, options);
    } catch (FrontEndException refused) {
      throw new IOException(socket + ": " + refused.getMessage(), refused);
    }
  }

  private static HdrLog log(BenchOptions options) throws IOException {
    return HdrLog.create(
        options.hdrLog(), "culebra bench " + options.socket(), System.currentTimeMillis());
  }

  private static long buffersBytes(BenchOptions options) {
    return (long) options.depth() * options.blockBytes() + PAGE_BYTES;
  }

  private BenchResult run(int ringSize, HdrLog log) throws IOException, InterruptedException {
    boolean isIndirect = FeatureBits.has(frontEnd.features(), FeatureBits.INDIRECT_DESC);
    if (!isIndirect && options.depth() * CHAIN_DESCRIPTORS > ringSize) {
      throw new IllegalArgumentException(
          "--iodepth "
              + options.depth()
              + ": at most "
              + ringSize / CHAIN_DESCRIPTORS
              + ": the back-end has no INDIRECT_DESC");
    }
    if (options.workload().writes() && FeatureBits.has(frontEnd.features(), BlkFeatures.RO)) {
      throw new IOException(options.socket() + ": the disk is read-only");
    }
    makeWorkers(options.blocksPerQueue(frontEnd.config().capacitySectors() << SECTOR_SHIFT));
    frontEnd.start();
    for (BenchWorker worker : workers) {
      String name = "culebra-bench-" + worker.queue().index();
      threads.add(Thread.ofPlatform().daemon().name(name).start(worker));
    }
    BenchLatencies latencies = new BenchLatencies(workers, log);
    boolean isOver = false;
    try {
      final long elapsedNs = measure(latencies);
      awaitReadBack();
      isOver = true;
      return result(elapsedNs, latencies);
    } finally {
      if (!isOver) {
        end();
        frontEnd.disconnect();
      }
    }
  }

  private void makeWorkers(int blocksPerQueue) {
    // Checks of a run that writes nothing are of what any earlier run wrote.
    boolean writes = options.workload().writes();
    long run = writes ? System.currentTimeMillis() : BlockPattern.ANY;
    BlockPattern pattern = new BlockPattern(options.seed(), run, options.blockBytes());
    boolean hasFlush = FeatureBits.has(frontEnd.features(), BlkFeatures.FLUSH);
    for (int i = 0; i < options.queues(); i++) {
      BenchPart part = new BenchPart(i, blocksPerQueue, options.blockBytes());
      long buffers = frontEnd.memory().allocate(buffersBytes(options));
      buffers = (buffers + PAGE_BYTES - 1) & -PAGE_BYTES;
      fill(buffers, options.seed() + i);
      BlockVerifier verifier = options.verify() ? new BlockVerifier(pattern, part, writes) : null;
      workers.add(new BenchWorker(frontEnd.queue(i), options, part, buffers, hasFlush, verifier));
    }
  }

  /** Fills the buffers of a queue with what can't be compressed. */
  private void fill(long address, long seed) {
    BlockPattern pattern = new BlockPattern(seed, 0, options.blockBytes());
    for (int slot = 0; slot < options.depth(); slot++) {
      long buffer = address + (long) slot * options.blockBytes();
      pattern.fill(buffer, slot, 0);
      Memory.putLong(buffer, 0); // Not to be taken for a block of a verified run.
    }
  }

  /** Waits for the time of the run; returns the time that counts. */
  private long measure(BenchLatencies latencies) throws IOException, InterruptedException {
    lastProgressNs = System.nanoTime();
    waitUntil(System.nanoTime() + options.warmupNs());
    latencies.discard();
    final long startNs = System.nanoTime();
    long nextNs = startNs;
    while (nextNs - startNs < options.runtimeNs() && !isAborted()) {
      nextNs = Math.min(nextNs + INTERVAL_NS, startNs + options.runtimeNs());
      waitUntil(nextNs);
      if (nextNs - startNs < options.runtimeNs()) {
        latencies.endInterval(System.currentTimeMillis());
      }
    }
    workers.forEach(BenchWorker::stopLoad);
    for (BenchWorker worker : workers) {
      while (!worker.loaded().await(INTERVAL_NS, TimeUnit.NANOSECONDS)) {
        checkProgress();
      }
    }
    final long elapsedNs = System.nanoTime() - startNs;
    latencies.endInterval(System.currentTimeMillis());
    return elapsedNs;
  }

  private void waitUntil(long deadlineNs) throws IOException, InterruptedException {
    long leftNs = deadlineNs - System.nanoTime();
    while (leftNs > 0 && !isAborted()) {
      // Opens early only when a worker is over before its time.
      workers.getFirst().loaded().await(Math.min(leftNs, INTERVAL_NS), TimeUnit.NANOSECONDS);
      checkProgress();
      leftNs = deadlineNs - System.nanoTime();
    }
  }

  private void awaitReadBack() throws IOException, InterruptedException {
    for (Thread thread : threads) {
      while (!thread.join(Duration.ofNanos(INTERVAL_NS))) {
        checkProgress();
      }
    }
  }

  private boolean isAborted() {
    return workers.stream().anyMatch(BenchWorker::isAborted);
  }

  /** Finds out whether a back-end that completes nothing is still there. */
  private void checkProgress() throws IOException {
    if (isAborted()) {
      workers.forEach(BenchWorker::abort);
      return;
    }
    long nowNs = System.nanoTime();
    long completions = workers.stream().mapToLong(BenchWorker::completions).sum();
    if (completions != lastCompletions) {
      lastCompletions = completions;
      lastProgressNs = nowNs;
      return;
    }
    try {
      frontEnd.sync();
    } catch (IOException lost) {
      throw new IOException(options.socket() + ": the back-end is lost: " + lost.getMessage());
    }
    if (nowNs - lastProgressNs > STALL_NS) {
      throw new IOException(
          options.socket() + ": no request has completed for " + STALL_NS / INTERVAL_NS + " s");
    }
  }

  private void end() throws InterruptedException {
    workers.forEach(BenchWorker::abort);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private BenchResult result(long elapsedNs, BenchLatencies latencies) throws IOException {
    long errors = 0;
    String firstError = null;
    BenchResult.Verified verified = null;
    for (BenchWorker worker : workers) {
      if (worker.failure() != null) {
        throw new IOException(options.socket() + ": " + worker.failure().getMessage());
      }
      errors += worker.errors();
      firstError = firstError == null ? worker.firstError() : firstError;
      verified = BenchResult.Verified.sum(verified, worker.verified());
    }
    return new BenchResult(options, elapsedNs, latencies.summaries(), errors, firstError, verified);
  }
}
