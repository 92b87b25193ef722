package org.culebra.image.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.culebra.image.ImageException;

/** Format options as {@code -o name=value,name=value} has them; a comma in a value is doubled. */
final class CreateOptions {
  private static final List<String> RAW = List.of("size", "preallocation");
  private static final List<String> QCOW2 =
      List.of(
          "size",
          "preallocation",
          "backing_file",
          "backing_fmt",
          "cluster_size",
          "compat",
          "lazy_refcounts",
          "refcount_bits");

  /** Options of QEMU's that we know and don't have, with the only value that is accepted. */
  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          "extended_l2", "off",
          "compression_type", "zlib",
          "data_file_raw", "off",
          "encryption", "off",
          "nocow", "off");

  private final String format;
  private final Map<String, String> values = new LinkedHashMap<>();

  CreateOptions(String format, List<String> texts) throws ImageException {
    this.format = format;
    for (String text : texts) {
      parse(text);
    }
  }

  private void parse(String text) throws ImageException {
    // A doubled comma stands for one: hidden while the text is split.
    for (String part : text.replace(",,", "\0").split(",")) {
      String option = part.replace('\0', ',');
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      put(name, equals < 0 ? "on" : option.substring(equals + 1));
    }
  }

  private void put(String name, String value) throws ImageException {
    List<String> known = format.equals("qcow2") ? QCOW2 : RAW;
    if (format.equals("qcow2") && value.equals(UNSUPPORTED.get(name))) {
      return;
    }
    if (format.equals("qcow2")
        && (UNSUPPORTED.containsKey(name) || name.matches("encrypt\\..*|data_file"))) {
      throw new ImageException("option " + name + "=" + value + ": not supported");
    }
    if (!known.contains(name)) {
      throw new ImageException(
          "option "
              + name
              + ": not known by format "
              + format
              + ", must be one of: "
              + String.join(", ", known));
    }
    values.put(name, value);
  }

  void putIfGiven(String name, String value) throws ImageException {
    if (value != null) {
      put(name, value);
    }
  }

  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  long size(String name, String otherwise) throws ImageException {
    return SizeText.parse(get(name, otherwise), name);
  }

  boolean isOn(String name) throws ImageException {
    String value = get(name, "off");
    if (!value.equals("on") && !value.equals("off")) {
      throw new ImageException("option " + name + "=" + value + ": must be on or off");
    }
    return value.equals("on");
  }

  /** Returns the value at the same place as the one that is given. */
  <T> T choice(String name, String otherwise, Map<String, T> choices) throws ImageException {
    String value = get(name, otherwise);
    T choice = choices.get(value);
    if (choice == null) {
      throw new ImageException(
          "option "
              + name
              + "="
              + value
              + ": must be one of: "
              + String.join(", ", choices.keySet()));
    }
    return choice;
  }
}
