package org.culebra.cli.control;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.culebra.cli.text.Json;

/** The registry of commands of the control socket; filled before the server starts. */
public final class ControlCommands {
  private static final Set<String> FIELDS = Set.of("id", "command", "arguments");

  private final Map<String, Action> actions = new TreeMap<>();

  /** One command; called by many threads at once. */
  @FunctionalInterface
  public interface Action {
    /**
     * Does it.
     *
     * @return what the client gets
     * @throws ControlException for wrong arguments
     * @throws IOException when it could not be done
     */
    JsonNode run(ControlArguments arguments) throws ControlException, IOException;
  }

  /** Makes an empty registry. */
  public ControlCommands() {}

  /** Adds a command; returns this. */
  public ControlCommands add(String name, Action action) {
    Action before = actions.put(name, action);
    assert before == null : name;
    return this;
  }

  /**
   * Answers one line.
   *
   * @return the answer, without a line end
   */
  public String answer(String line) {
    JsonNode id = NullNode.getInstance();
    try {
      JsonNode request = parse(line);
      id = id(request);
      return Json.line(Json.object().<ObjectNode>set("id", id).set("return", run(request)));
    } catch (ControlException wrong) {
      return error(id, wrong.errorClass(), wrong.getMessage());
    } catch (IOException | RuntimeException failed) {
      String message = failed.getMessage();
      return error(id, ControlException.FAILED, message == null ? failed.toString() : message);
    }
  }

  /** Returns the answer to a line that could not be read as a request. */
  static String error(JsonNode id, String errorClass, String desc) {
    ObjectNode answer = Json.object();
    answer.set("id", id);
    answer.putObject("error").put("class", errorClass).put("desc", desc);
    return Json.line(answer);
  }

  private JsonNode run(JsonNode request) throws ControlException, IOException {
    for (var entry : request.properties()) {
      if (!FIELDS.contains(entry.getKey())) {
        throw invalid(entry.getKey() + ": a request has id, command and arguments");
      }
    }
    JsonNode command = request.path("command");
    if (!command.isTextual()) {
      throw invalid("command " + request.get("command") + ": a string is needed");
    }
    JsonNode arguments = request.has("arguments") ? request.get("arguments") : Json.object();
    if (!arguments.isObject()) {
      throw invalid("arguments " + arguments + ": an object is needed");
    }
    Action action = actions.get(command.textValue());
    if (action == null) {
      throw new ControlException(
          ControlException.COMMAND_NOT_FOUND,
          command.textValue() + ": one of " + String.join(", ", actions.keySet()));
    }
    return action.run(new ControlArguments(arguments));
  }

  private static JsonNode parse(String line) throws ControlException {
    try {
      JsonNode request = Json.parse(line);
      if (!request.isObject()) {
        throw invalid("a request is one JSON object in a line");
      }
      return request;
    } catch (JsonProcessingException malformed) {
      JsonLocation at = malformed.getLocation();
      throw invalid("column " + (at == null ? 1 : at.getColumnNr()) + ": no JSON");
    }
  }

  private static JsonNode id(JsonNode request) throws ControlException {
    JsonNode id = request.path("id");
    if (id.isMissingNode()) {
      return NullNode.getInstance();
    }
    if (!id.isNull() && !id.isNumber() && !id.isTextual()) {
      throw invalid("id " + id + ": a number or a string is needed");
    }
    return id;
  }

  private static ControlException invalid(String desc) {
    return new ControlException(ControlException.INVALID_REQUEST, desc);
  }
}
