package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.culebra.cli.CliCommand;
import org.culebra.cli.OutputFormat;
import org.culebra.cli.text.Json;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the clients of the control socket have in common. */
abstract class ClientCommand extends CliCommand {
  @Option(
      names = "--control",
      required = true,
      paramLabel = "PATH",
      description = "The control socket of culebra serve.")
  private Path control;

  @Option(
      names = "--output",
      paramLabel = "human|json",
      description = "How to show it (default human).")
  private OutputFormat output = OutputFormat.HUMAN;

  @Parameters(arity = "0..1", paramLabel = "DISK", description = "One disk; all if not given.")
  private String disk;

  final String diskOrNull() {
    return disk;
  }

  /** Returns the arguments of the request. */
  ObjectNode arguments() {
    ObjectNode arguments = Json.object();
    if (disk != null) {
      arguments.put("disk", disk);
    }
    return arguments;
  }

  /** Does the command over a connection. */
  abstract JsonNode run(ControlClient client) throws IOException;

  /** Shows what it returned to a person. */
  abstract String human(JsonNode answer);

  /** Returns the exit code for what it returned. */
  int exitCode(JsonNode answer) {
    return 0;
  }

  @Override
  public final Integer call() throws IOException {
    try (ControlClient client = ControlClient.connect(control)) {
      JsonNode answer = run(client);
      out().print(output == OutputFormat.JSON ? Json.pretty(answer) + "\n" : human(answer));
      out().flush();
      return exitCode(answer);
    }
  }
}
