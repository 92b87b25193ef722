package org.culebra.cli.storage;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.culebra.backend.DiskOptions;
import org.culebra.backend.TargetStack;
import org.culebra.block.BlockDevice;
import org.culebra.storage.TargetUri;

/** Opens targets as disks. */
public final class Formats {
  private static final List<String> NAMES = List.of("raw", "qcow2", "auto");

  private static final int WORKERS_MAX = 4;

  /** Threads for blocking I/O, made when there is some. */
  private static final Executor WORKERS =
      Executors.newFixedThreadPool(
          WORKERS_MAX, Thread.ofPlatform().daemon().name("culebra-io-", 0).factory());

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
   * Returns a target that is well written; whether it is there shows when it is opened.
   *
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  public static String requireTarget(String target) {
    TargetUri.parse(target);
    return target;
  }

  /**
   * Makes a disk of a target, inactive.
   *
   * @param err takes a line for each fault found later
   * @throws IOException when there is no such file, or it is no image of that format, or the target
   *     is written wrongly
   */
  public static BlockDevice open(String target, String format, boolean readOnly, PrintWriter err)
      throws IOException {
    TargetStack stack = new TargetStack(WORKERS, line -> err.println("culebra: " + line));
    DiskOptions disk =
        new DiskOptions("export", Path.of("unused"), -1, target, format, readOnly, 1, 2, "", false);
    return stack.open(disk);
  }
}
