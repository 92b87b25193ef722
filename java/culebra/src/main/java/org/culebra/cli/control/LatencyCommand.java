package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.cli.text.LatencySummary;
import org.culebra.cli.text.LatencyTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culebra latency}: percentiles per disk and operation since the start. */
@Command(name = "latency", description = "Show the latency profile of a running culebra serve.")
public final class LatencyCommand extends ClientCommand {
  @Option(names = "--per-queue", description = "A row for each queue.")
  private boolean perQueue;

  /** Made by the parser. */
  public LatencyCommand() {}

  @Override
  ObjectNode arguments() {
    return super.arguments().put("perQueue", perQueue);
  }

  @Override
  JsonNode run(ControlClient client) throws IOException {
    return client.call("latency", arguments());
  }

  @Override
  String human(JsonNode answer) {
    List<LatencySummary> rows = new ArrayList<>();
    answer.forEach(row -> rows.add(LatencySummary.fromJson(row)));
    return LatencyTable.text(rows);
  }
}
