package org.culebra.cli;

import picocli.CommandLine.Command;

/** {@code culebra demo}: known here so that the help lists it; the launcher runs it. */
@Command(
    name = "demo",
    description = "Boot Linux on a Culebra disk and show the latencies (./culebra demo).")
final class DemoCommand extends CliCommand {
  @Override
  public Integer call() {
    err().println("culebra: demo: run by the launcher of a source tree: ./culebra demo");
    return 1;
  }
}
