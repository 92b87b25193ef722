package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.culebra.cli.text.ByteSize;
import org.culebra.cli.text.TextTable;
import picocli.CommandLine.Command;

/** {@code culebra list}: the disks that a process serves. */
@Command(name = "list", description = "List the disks of a running culebra serve.")
public final class ListCommand extends ClientCommand {
  /** Made by the parser. */
  public ListCommand() {}

  @Override
  JsonNode run(ControlClient client) throws IOException {
    return client.call("list", arguments());
  }

  @Override
  String human(JsonNode answer) {
    TextTable table =
        new TextTable(
            5,
            "disk",
            "socket",
            "device",
            "access",
            "state",
            "size",
            "rings",
            "requests",
            "copied");
    for (JsonNode disk : answer) {
      table.add(
          disk.path("name").asText(),
          disk.path("socket").asText(),
          disk.path("device").asText(),
          disk.path("readOnly").asBoolean() ? "ro" : "rw",
          state(disk),
          ByteSize.format(disk.path("capacityBytes").asLong()),
          disk.path("vringsStarted").asText(),
          disk.path("requests").asText(),
          ByteSize.format(disk.path("copiedBytes").asLong()));
    }
    return table.toString();
  }

  private static String state(JsonNode disk) {
    if (disk.path("connected").asBoolean()) {
      return disk.path("vringsStarted").asInt() > 0 ? "serving" : "connected";
    }
    return disk.path("active").asBoolean() ? "listening" : "inactive";
  }
}
