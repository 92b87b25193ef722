package org.culebra.cli.storage;

import java.util.Iterator;
import java.util.Map;
import org.culebra.cli.text.OptionString;

/**
 * One export as the command line names it: {@code NAME=TARGET[,format=F][,read-only=on]}.
 *
 * @param name what clients ask for
 * @param target a path or a URI
 * @param format {@code raw}, {@code qcow2} or {@code auto}
 * @param readOnly whether writes are refused
 */
record ExportArgument(String name, String target, String format, boolean readOnly) {
  /**
   * Reads one.
   *
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  static ExportArgument parse(String text) {
    if (text.indexOf('=') <= 0) {
      throw new IllegalArgumentException("export " + text + ": is written NAME=FILE");
    }
    Iterator<Map.Entry<String, String>> parts = OptionString.parse(text).entrySet().iterator();
    Map.Entry<String, String> first = parts.next();
    if (first.getValue().isEmpty()) {
      throw new IllegalArgumentException("export " + first.getKey() + ": a file is needed");
    }
    String format = "raw";
    boolean readOnly = false;
    while (parts.hasNext()) {
      Map.Entry<String, String> part = parts.next();
      switch (part.getKey()) {
        case "format" -> format = Formats.requireKnown(part.getValue());
        case "read-only" -> readOnly = isOn(first.getKey(), part.getValue());
        default ->
            throw new IllegalArgumentException(
                "export "
                    + first.getKey()
                    + ": "
                    + part.getKey()
                    + ": no such key: format, "
                    + "read-only");
      }
    }
    try {
      Formats.requireTarget(first.getValue());
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException("export " + first.getKey() + ": " + wrong.getMessage());
    }
    return new ExportArgument(first.getKey(), first.getValue(), format, readOnly);
  }

  private static boolean isOn(String export, String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new IllegalArgumentException(
              "export " + export + ": read-only " + value + ": on or off");
    };
  }
}
