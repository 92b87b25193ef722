package org.culebra.cli.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.culebra.cli.CliCommand;
import org.culebra.cli.Converters;
import org.culebra.cli.OutputFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culebra bench}: loads a vhost-user back-end as a virtual machine would. */
@Command(
    name = "bench",
    description = "Load a vhost-user block back-end, measure latencies, verify data.",
    footer = {
      "",
      "Workloads that write overwrite the disk. --verify writes blocks that name",
      "their offset and generation, checks each read and reads all of them back at",
      "the end; with read or randread it checks what an earlier run with the same",
      "--seed and --bs wrote. Exit code 1 when a block is wrong or a request failed."
    })
public final class BenchCommand extends CliCommand {
  private static final int BLOCK_BYTES_MAX = 16 << 20;
  private static final int DEPTH_MAX = 1024;
  private static final int QUEUES_MAX = 256;
  private static final long MEMORY_BYTES_MAX = 4L << 30;

  @Option(
      names = "--socket-path",
      required = true,
      paramLabel = "PATH",
      description = "Where the back-end listens.")
  private Path socket;

  @Option(
      names = "--rw",
      paramLabel = "WORKLOAD",
      description = "randread, randwrite, randrw, read or write (default randread).")
  private BenchWorkload workload = BenchWorkload.RANDREAD;

  @Option(
      names = "--bs",
      paramLabel = "SIZE",
      converter = Converters.Size.class,
      description = "Bytes of a request (default 4k).")
  private long blockBytes = 4096;

  @Option(names = "--iodepth", paramLabel = "N", description = "Requests in flight (default 1).")
  private int depth = 1;

  @Option(names = "--queues", paramLabel = "N", description = "Queues, a thread each (default 1).")
  private int queues = 1;

  @Option(
      names = "--runtime",
      paramLabel = "SECONDS",
      converter = Converters.Seconds.class,
      description = "How long to measure (default 10).")
  private long runtimeNs = 10_000_000_000L;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      converter = Converters.Seconds.class,
      description = "How long to run before (default 0).")
  private long warmupNs;

  @Option(names = "--poll", description = "Spin instead of waiting for notifications.")
  private boolean poll;

  @Option(names = "--verify", description = "Write patterns and check them.")
  private boolean verify;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Converters.Size.class,
      description = "The range to use, from offset 0 (default the whole disk).")
  private long sizeBytes;

  @Option(names = "--seed", paramLabel = "N", description = "Decides offsets and patterns.")
  private Long seed;

  @Option(
      names = "--hdr-log",
      paramLabel = "FILE",
      description = "Write latencies as an HdrHistogram log, an interval each second.")
  private Path hdrLog;

  @Option(
      names = "--output",
      paramLabel = "human|json",
      description = "How to show the result (default human).")
  private OutputFormat output = OutputFormat.HUMAN;

  /** Made by the parser. */
  public BenchCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchOptions options = options();
    BenchResult result;
    try {
      result = Bench.run(options);
    } catch (IllegalArgumentException wrong) {
      throw usage(wrong.getMessage());
    }
    boolean json = output == OutputFormat.JSON;
    out().print(json ? BenchReport.json(result) : BenchReport.human(result));
    out().flush();
    if (result.failure() != null) {
      err().println("culebra: " + result.failure());
      return 1;
    }
    return 0;
  }

  private BenchOptions options() {
    if (blockBytes < BlockPattern.BLOCK_BYTES_MIN
        || blockBytes > BLOCK_BYTES_MAX
        || blockBytes % BlockPattern.BLOCK_BYTES_MIN != 0) {
      throw usage("--bs " + blockBytes + ": a multiple of 512 up to " + BLOCK_BYTES_MAX);
    }
    requireRange("--iodepth", depth, 1, DEPTH_MAX);
    requireRange("--queues", queues, 1, QUEUES_MAX);
    if (blockBytes * depth * queues > MEMORY_BYTES_MAX) {
      throw usage(
          "--bs "
              + blockBytes
              + " --iodepth "
              + depth
              + " --queues "
              + queues
              + ": more than 4 GiB of buffers");
    }
    if (runtimeNs == 0) {
      throw usage("--runtime 0: more than 0 seconds");
    }
    return new BenchOptions(
        socket,
        workload,
        (int) blockBytes,
        depth,
        queues,
        warmupNs,
        runtimeNs,
        poll,
        verify,
        sizeBytes,
        seed == null ? ThreadLocalRandom.current().nextLong() >>> 1 : seed,
        hdrLog);
  }
}
