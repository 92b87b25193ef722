package org.culebra.cli.serve;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.culebra.backend.Backend;
import org.culebra.backend.BackendOptions;
import org.culebra.backend.DiskOptions;
import org.culebra.backend.DiskStatus;
import org.culebra.backend.PollMode;
import org.culebra.cli.CliCommand;
import org.culebra.cli.Converters;
import org.culebra.cli.control.ControlCommands;
import org.culebra.cli.control.ControlServer;
import org.culebra.cli.control.DiskCommands;
import org.culebra.cli.control.StopCommand;
import org.culebra.cli.text.ByteSize;
import org.culebra.cli.text.CpuList;
import org.culebra.cli.text.HdrLog;
import org.culebra.cli.text.Json;
import org.culebra.linux.Threads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culebra serve}: serves disks to virtual machines until it is told to end. */
@Command(
    name = "serve",
    description = "Serve disks over vhost-user sockets.",
    customSynopsis = {
      "culebra serve --disk=name=N,socket=PATH|fd=N,target=T[,...]... [OPTION]...",
      "       culebra serve --socket-path=PATH|--fd=N --blk-file=T [OPTION]...",
      "       culebra serve --print-capabilities"
    },
    footer = {
      "",
      "A target is a path, null:SIZE, memory:SIZE, nbd://HOST[:PORT]/EXPORT or",
      "nbd+unix:///EXPORT?socket=PATH. SIGTERM and SIGINT drain and end it: exit",
      "code 0, or 1 when requests had to be cancelled. SIGUSR1 shows the latency",
      "table, as the end does."
    })
public final class ServeCommand extends CliCommand {
  /** What {@code --print-capabilities} prints: QEMU's conventions for back-end programs. */
  public static final String CAPABILITIES =
      "{\"type\": \"block\", \"features\": [\"read-only\", \"blk-file\"]}";

  private static final String NAME = "serve";
  private static final String PRINT_CAPABILITIES = "--print-capabilities";

  @Mixin private ServeOptions options;

  @Option(
      names = "--poll",
      paramLabel = "adaptive|busy|wait",
      description = "Spin for a while when idle, always, or never (default adaptive).")
  private PollMode poll = PollMode.ADAPTIVE;

  @Option(
      names = "--cpus",
      paramLabel = "LIST",
      description = "Pin one queue agent to each of these CPUs: 0,2-3.")
  private String cpus;

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      converter = Converters.Seconds.class,
      description = "How long requests in flight may take to end (default 10).")
  private long drainTimeoutNs = BackendOptions.DRAIN_TIMEOUT_NS_DEFAULT;

  @Option(
      names = "--control",
      paramLabel = "PATH",
      description = "Listen here for culebra list, latency and stop.")
  private Path control;

  @Option(
      names = "--hdr-log",
      paramLabel = "FILE",
      description = "Write latencies as an HdrHistogram log, an interval each second.")
  private Path hdrLog;

  @Option(
      names = PRINT_CAPABILITIES,
      description = "Show what this back-end program can do, as JSON, and exit.")
  private boolean printCapabilities;

  /** Made by the parser. */
  public ServeCommand() {}

  /** Returns whether the capabilities are asked for; whatever else is said is ignored then. */
  public static boolean asksForCapabilities(String[] args) {
    return args.length > 1
        && args[0].equals(NAME)
        && Arrays.asList(args).contains(PRINT_CAPABILITIES);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<DiskOptions> disks;
    int[] cpuNumbers;
    try {
      cpuNumbers = cpuNumbers();
      disks = options.disks();
    } catch (IllegalArgumentException wrong) {
      throw usage(wrong.getMessage());
    }
    PrintWriter err = err();
    BackendOptions backendOptions =
        new BackendOptions(
            poll, cpuNumbers, drainTimeoutNs, line -> err.println("culebra: " + oneLine(line)));
    try (ControlServer server = control == null ? null : ControlServer.listen(control);
        HdrLog log = hdrLog == null ? null : createLog()) {
      return serve(backendOptions, disks, server, log);
    }
  }

  private int[] cpuNumbers() throws IOException {
    if (cpus == null) {
      return new int[0];
    }
    int[] numbers;
    try {
      numbers = CpuList.parse(cpus);
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException("--cpus " + wrong.getMessage());
    }
    int[] allowed = Threads.allowedCpus();
    for (int cpu : numbers) {
      if (Arrays.stream(allowed).noneMatch(other -> other == cpu)) {
        throw new IllegalArgumentException(
            "--cpus " + cpus + ": this process may run on " + CpuList.format(allowed));
      }
    }
    return numbers;
  }

  private HdrLog createLog() throws IOException {
    return HdrLog.create(hdrLog, "culebra serve", System.currentTimeMillis());
  }

  private int serve(
      BackendOptions backendOptions, List<DiskOptions> disks, ControlServer server, HdrLog log)
      throws IOException, InterruptedException {
    Reporter reporter = new Reporter(out(), err(), log);
    try (Backend backend = Backend.start(backendOptions, disks, reporter::requestTable)) {
      reporter.start(backend);
      if (server != null) {
        ControlCommands commands = new ControlCommands();
        DiskCommands.addTo(commands, new BackendDisks(backend));
        server.start(commands);
      }
      backend.list().forEach(disk -> out().println(listening(disk)));
      out().flush();
      int code = backend.awaitEnd();
      if (code != Backend.STATUS_INTERNAL_ERROR) {
        // After one, the thread that would answer may be gone.
        reporter.end();
      }
      if (server != null) {
        server.publish(StopCommand.END_EVENT, Json.object().put("status", code));
      }
      return code;
    }
  }

  /** Joins the lines of a stack trace, too. */
  private static String oneLine(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining(" "));
  }

  /** Returns the line that says a disk can be connected to. */
  static String listening(DiskStatus disk) {
    return "disk "
        + disk.name()
        + ": listening on "
        + disk.socket()
        + ", "
        + disk.device()
        + ", "
        + ByteSize.format(disk.capacityBytes())
        + (disk.readOnly() ? ", read-only" : "");
  }
}
