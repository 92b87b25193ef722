package org.culebra.image.tool;

import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as qemu-img writes JSON: indented by 4. */
final class JsonText {
  private JsonText() {}

  static String of(Object value) {
    StringBuilder out = new StringBuilder();
    append(out, value, 0);
    return out.toString();
  }

  private static void append(StringBuilder out, Object value, int depth) {
    switch (value) {
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          indent(out.append(separator), depth + 1);
          appendText(out, (String) entry.getKey());
          append(out.append(": "), entry.getValue(), depth + 1);
          separator = ",";
        }
        indent(out, depth);
        out.append('}');
      }
      case List<?> list -> {
        out.append('[');
        String separator = "";
        for (Object element : list) {
          indent(out.append(separator), depth + 1);
          append(out, element, depth + 1);
          separator = ",";
        }
        indent(out, depth);
        out.append(']');
      }
      case String text -> appendText(out, text);
      default -> out.append(value);
    }
  }

  private static void indent(StringBuilder out, int depth) {
    out.append('\n').repeat("    ", depth);
  }

  private static void appendText(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append(String.format("\\u%04X", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
