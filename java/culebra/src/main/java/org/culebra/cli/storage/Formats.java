package org.culebra.cli.storage;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.Targets;

/** Opens targets as disks. */
public final class Formats {
  private static final List<String> NAMES = List.of("raw", "qcow2", "auto");

  private Formats() {}

  /**
   * Returns the name of a format, or of what finds it out.
   *
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  public static String requireKnown(String format) {
    if (!NAMES.contains(format)) {
      throw new IllegalArgumentException("format " + format + ": raw, qcow2 or auto");
    }
    return format;
  }

  /**
   * Makes a disk of a target, inactive.
   *
   * @param err takes a line for each fault found later
   * @throws IOException when there is no such file, or it is no image of that format
   * @throws IllegalArgumentException when the target is written wrongly
   */
  public static BlockDevice open(String target, String format, boolean readOnly, PrintWriter err)
      throws IOException {
    TargetOptions options =
        TargetOptions.of(line -> err.println("culebra: " + line)).withReadOnly(readOnly);
    return Targets.open(TargetUri.parse(target), options);
  }
}
