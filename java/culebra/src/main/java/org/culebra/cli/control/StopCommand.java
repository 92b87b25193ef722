package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.culebra.cli.text.Json;
import picocli.CommandLine.Command;

/** {@code culebra stop}: ends one disk, or the process and waits until it has drained. */
@Command(
    name = "stop",
    description = "Drain and stop one disk of a running culebra serve, or all of it.")
public final class StopCommand extends ClientCommand {
  /** The event that tells the process's exit code before its control socket closes. */
  public static final String END_EVENT = "end";

  /** Made by the parser. */
  public StopCommand() {}

  @Override
  JsonNode run(ControlClient client) throws IOException {
    client.call("stop", arguments());
    if (diskOrNull() != null) {
      return Json.object().put("disk", diskOrNull()).put("status", 0);
    }
    JsonNode end = client.awaitEvent(END_EVENT);
    if (end == null) {
      throw new IOException("the process ended without saying how");
    }
    return end;
  }

  @Override
  String human(JsonNode answer) {
    String what = diskOrNull() == null ? "all disks" : "disk " + diskOrNull();
    String how = exitCode(answer) == 0 ? "stopped, drained" : "stopped, requests were cancelled";
    return what + ": " + how + "\n";
  }

  @Override
  int exitCode(JsonNode answer) {
    return answer.path("status").asInt(1) == 0 ? 0 : 1;
  }
}
