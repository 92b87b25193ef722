package org.culebra.cli.serve;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.culebra.backend.DiskOptions;
import org.culebra.cli.storage.Formats;
import org.culebra.cli.text.OptionString;

/** The value of {@code --disk}: {@code name=N,socket=PATH,target=T,…}. */
final class DiskArgument {
  /** Names go into tables, log tags and paths as they are. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  private static final Set<String> KEYS =
      Set.of(
          "name",
          "socket",
          "fd",
          "target",
          "format",
          "read-only",
          "queues",
          "queue-size",
          "serial",
          "inactive");

  private final String text;
  private final Map<String, String> values;

  private DiskArgument(String text) {
    this.text = text;
    this.values = OptionString.parse(text);
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  static DiskOptions parse(String text) {
    return new DiskArgument(text).options();
  }

  /** Returns a path, or throws what a command line may show. */
  static Path path(String text) {
    try {
      if (!text.isEmpty()) {
        return Path.of(text);
      }
    } catch (InvalidPathException invalid) {
      throw new IllegalArgumentException(text + ": no path: " + invalid.getReason());
    }
    throw new IllegalArgumentException("a path is empty");
  }

  private DiskOptions options() {
    for (String key : values.keySet()) {
      if (!KEYS.contains(key)) {
        throw wrong(
            key,
            "no such key: name, socket or fd, target, format, read-only, queues,"
                + " queue-size, serial, inactive");
      }
    }
    String name = needed("name");
    if (!NAME.matcher(name).matches()) {
      throw wrong("name " + name, "letters, digits, - and _, at most 64");
    }
    String target = target();
    boolean hasSocket = values.containsKey("socket");
    if (hasSocket == values.containsKey("fd")) {
      throw wrong("socket, fd", "one of both is needed");
    }
    DiskOptions defaults = DiskOptions.of(name, Path.of("unused"), target);
    return new DiskOptions(
        name,
        hasSocket ? path(values.get("socket")) : null,
        hasSocket ? -1 : number("fd", -1),
        target,
        Formats.requireKnown(values.getOrDefault("format", defaults.format())),
        isOn("read-only"),
        number("queues", defaults.queues()),
        number("queue-size", defaults.queueSize()),
        values.getOrDefault("serial", defaults.serial()),
        isOn("inactive"));
  }

  private String target() {
    String target = needed("target");
    try {
      return Formats.requireTarget(target);
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException("disk " + values.get("name") + ": " + wrong.getMessage());
    }
  }

  private String needed(String key) {
    String value = values.get(key);
    if (value == null || value.isEmpty()) {
      throw wrong(key, "needed");
    }
    return value;
  }

  private int number(String key, int otherwise) {
    String value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("\\d{1,9}")) {
      throw wrong(key + " " + value, "a whole number is needed");
    }
    return Integer.parseInt(value);
  }

  private boolean isOn(String key) {
    return switch (values.getOrDefault(key, "off")) {
      case "on" -> true;
      case "off" -> false;
      default -> throw wrong(key + " " + values.get(key), "on or off");
    };
  }

  private IllegalArgumentException wrong(String what, String rule) {
    String name = values.get("name");
    String disk = name == null ? "--disk " + text : "disk " + name;
    return new IllegalArgumentException(disk + ": " + what + ": " + rule);
  }
}
