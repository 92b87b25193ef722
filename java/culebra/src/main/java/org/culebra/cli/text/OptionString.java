package org.culebra.cli.text;

import java.util.LinkedHashMap;
import java.util.Map;

/** A list {@code key=value,key=value} as QEMU writes it; {@code ,,} is a comma in a value. */
public final class OptionString {
  private OptionString() {}

  /**
   * Reads a list.
   *
   * @return the values by key, in the order written
   * @throws IllegalArgumentException with the part and the rule in one line
   */
  public static Map<String, String> parse(String text) {
    Map<String, String> options = new LinkedHashMap<>();
    int at = 0;
    while (at < text.length()) {
      StringBuilder part = new StringBuilder();
      at = readPart(text, at, part);
      int equals = part.indexOf("=");
      if (equals <= 0) {
        throw new IllegalArgumentException(part + ": options are written key=value,key=value");
      }
      String key = part.substring(0, equals);
      if (options.put(key, part.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(key + ": given twice");
      }
    }
    return options;
  }

  /** Returns where the next part begins. */
  private static int readPart(String text, int from, StringBuilder part) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == ',') {
        if (at == text.length() || text.charAt(at) != ',') {
          return at;
        }
        at++;
      }
      part.append(c);
    }
    return at;
  }
}
