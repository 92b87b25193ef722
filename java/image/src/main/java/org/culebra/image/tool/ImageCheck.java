package org.culebra.image.tool;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.culebra.image.CheckReport;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.image.qcow2.Qcow2Device;

/**
 * The consistency of an image, as qemu-img check tells it.
 *
 * @param target the image
 * @param format its format's name
 * @param report what was found; null when the format can't be checked
 */
public record ImageCheck(String target, String format, CheckReport report) {
  /** Exit status: nothing is wrong. */
  public static final int STATUS_CLEAN = 0;

  /** Exit status: the check could not be made, or not all of it. */
  public static final int STATUS_FAILED = 1;

  /** Exit status: data is in danger. */
  public static final int STATUS_CORRUPT = 2;

  /** Exit status: clusters are leaked, data is not in danger. */
  public static final int STATUS_LEAKS = 3;

  /** Exit status: the format has nothing to check. */
  public static final int STATUS_UNSUPPORTED = 63;

  /**
   * Checks an image; blocks.
   *
   * @param format its format's name, or null to probe
   * @param repair of {@code -r}: null; anything else is refused
   * @param lines takes a line for each fault
   * @throws IOException with one line that names the target
   */
  public static ImageCheck run(
      FileOpener opener, String target, String format, String repair, Consumer<String> lines)
      throws IOException {
    if (repair != null) {
      throw new ImageException(
          target + ": -r " + repair + ": repairing is not supported yet, use: qemu-img check -r");
    }
    try (ImageChain chain = ImageChain.open(opener, target, format, true, ErrorSink.NONE)) {
      CheckReport report = chain.device() instanceof Qcow2Device qcow2 ? qcow2.check(lines) : null;
      return new ImageCheck(target, chain.format(0), report);
    }
  }

  /** Returns the exit status. */
  public int status() {
    if (report == null) {
      return STATUS_UNSUPPORTED;
    }
    if (report.checkErrors() != 0) {
      return STATUS_FAILED;
    }
    if (report.corruptions() != 0) {
      return STATUS_CORRUPT;
    }
    return report.leaks() != 0 ? STATUS_LEAKS : STATUS_CLEAN;
  }

  /** Returns the findings as JSON. */
  public String json() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("image-end-offset", report.imageEndOffset());
    putIfAny(fields, "total-clusters", report.totalClusters());
    fields.put("check-errors", report.checkErrors());
    putIfAny(fields, "corruptions", report.corruptions());
    putIfAny(fields, "leaks", report.leaks());
    putIfAny(fields, "allocated-clusters", report.allocatedClusters());
    putIfAny(fields, "fragmented-clusters", report.fragmentedClusters());
    putIfAny(fields, "compressed-clusters", report.compressedClusters());
    fields.put("filename", target);
    fields.put("format", format);
    return JsonText.of(fields);
  }

  private static void putIfAny(Map<String, Object> fields, String name, long value) {
    if (value != 0) {
      fields.put(name, value);
    }
  }

  /** Returns the findings in lines for people. */
  public String human() {
    if (report == null) {
      return "This image format does not support checks\n";
    }
    StringBuilder out = new StringBuilder();
    if (report.isClean()) {
      out.append("No errors were found on the image.\n");
    }
    if (report.corruptions() != 0) {
      out.append('\n').append(report.corruptions()).append(" errors were found on the image.\n");
      out.append("Data may be corrupted, or further writes to the image may corrupt it.\n");
    }
    if (report.leaks() != 0) {
      out.append('\n').append(report.leaks());
      out.append(" leaked clusters were found on the image.\n");
      out.append("This means waste of disk space, but no harm to data.\n");
    }
    if (report.checkErrors() != 0) {
      out.append('\n').append(report.checkErrors());
      out.append(" internal errors have occurred during the check.\n");
    }
    long total = report.totalClusters();
    long allocated = report.allocatedClusters();
    if (total != 0 && allocated != 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed clusters%n",
              allocated,
              total,
              allocated * 100.0 / total,
              report.fragmentedClusters() * 100.0 / allocated,
              report.compressedClusters() * 100.0 / allocated));
    }
    return out.append("Image end offset: ").append(report.imageEndOffset()).append('\n').toString();
  }
}
