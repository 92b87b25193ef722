package org.culebra.cli;

import org.culebra.cli.bench.BenchCommand;
import org.culebra.cli.control.LatencyCommand;
import org.culebra.cli.control.ListCommand;
import org.culebra.cli.control.StopCommand;
import org.culebra.cli.image.ImageCommand;
import org.culebra.cli.serve.ServeCommand;
import org.culebra.cli.storage.StorageNodeCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code culebra}: the commands, and the options that all of them have. */
@Command(
    name = "culebra",
    description = "A virtio/vhost-user storage back-end.",
    version = "culebra " + Main.VERSION,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    subcommands = {
      ServeCommand.class,
      ListCommand.class,
      LatencyCommand.class,
      StopCommand.class,
      StorageNodeCommand.class,
      ImageCommand.class,
      BenchCommand.class,
      DemoCommand.class,
    })
final class CulebraCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where an error came from, as CULEBRA_DEBUG=1 does.")
  boolean debug;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given (see culebra --help)");
  }
}
