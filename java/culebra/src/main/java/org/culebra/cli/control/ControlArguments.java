package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;

/** The arguments of one request; each that is asked for is known, others are refused. */
public final class ControlArguments {
  private final JsonNode arguments;
  private final Set<String> known = new HashSet<>();

  ControlArguments(JsonNode arguments) {
    this.arguments = arguments;
  }

  /** Returns a string, or null when it isn't given. */
  public String stringOrNull(String name) throws ControlException {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(name, value, "a string is needed");
    }
    return value.textValue();
  }

  /** Returns a truth value, false when it isn't given. */
  public boolean flag(String name) throws ControlException {
    JsonNode value = value(name);
    if (value == null) {
      return false;
    }
    if (!value.isBoolean()) {
      throw wrong(name, value, "true or false is needed");
    }
    return value.booleanValue();
  }

  /** Refuses arguments that nobody asked for; called before a command does anything. */
  public void refuseOthers() throws ControlException {
    for (var entry : arguments.properties()) {
      if (!known.contains(entry.getKey())) {
        throw wrong(entry.getKey(), entry.getValue(), "no such argument");
      }
    }
  }

  private JsonNode value(String name) {
    known.add(name);
    JsonNode value = arguments.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private static ControlException wrong(String name, JsonNode value, String rule) {
    return new ControlException(
        ControlException.INVALID_ARGUMENTS, name + " " + value + ": " + rule);
  }
}
