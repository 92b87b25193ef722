package org.culebra.image.tool;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.culebra.block.BlockDevice;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.image.qcow2.Qcow2Details;
import org.culebra.image.qcow2.Qcow2Details.SnapshotDetails;
import org.culebra.image.qcow2.Qcow2Device;

/**
 * What qemu-img info tells of an image.
 *
 * @param target where it is
 * @param format its format's name
 * @param virtualBytes the disk's size
 * @param actualBytes the room that the file takes, -1 when that isn't known
 * @param qcow2 what only qcow2 has, null for raw
 * @param backingTarget where the backing file is, or null
 */
public record ImageInfo(
    String target,
    String format,
    long virtualBytes,
    long actualBytes,
    Qcow2Details qcow2,
    String backingTarget) {
  private static final int CHAIN_MAX = 200;

  /**
   * Reads the information of an image.
   *
   * @param format its format's name, or null to probe
   * @throws IOException with one line that names the target
   */
  public static ImageInfo read(FileOpener opener, String target, String format) throws IOException {
    try (ImageChain chain = ImageChain.open(opener, target, format, true, ErrorSink.NONE)) {
      BlockDevice device = chain.device();
      Qcow2Details details = device instanceof Qcow2Device qcow2 ? qcow2.details() : null;
      String backing = details == null ? null : details.backingFile();
      String backingTarget = backing == null ? null : opener.backingTarget(target, backing);
      long actual = opener.actualBytes(target);
      return new ImageInfo(
          target, chain.format(0), device.capacityBytes(), actual, details, backingTarget);
    }
  }

  /**
   * Reads the information of an image and all its backing files.
   *
   * @throws IOException with one line that names the file that can't be read
   */
  public static List<ImageInfo> readChain(FileOpener opener, String target, String format)
      throws IOException {
    List<ImageInfo> chain = new ArrayList<>();
    ImageInfo info = read(opener, target, format);
    chain.add(info);
    while (info.backingTarget != null) {
      if (chain.size() == CHAIN_MAX) {
        throw new ImageException(target + ": backing chain: longer than " + CHAIN_MAX + " files");
      }
      info = read(opener, info.backingTarget, info.qcow2.backingFormat());
      chain.add(info);
    }
    return chain;
  }

  /** Returns it as JSON. */
  public String json() {
    return JsonText.of(fields());
  }

  /** Returns a chain as JSON. */
  public static String json(List<ImageInfo> chain) {
    return JsonText.of(chain.stream().map(ImageInfo::fields).toList());
  }

  private Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (qcow2 != null && qcow2.backingFormat() != null) {
      fields.put("backing-filename-format", qcow2.backingFormat());
    }
    if (qcow2 != null && !qcow2.snapshots().isEmpty()) {
      fields.put("snapshots", qcow2.snapshots().stream().map(ImageInfo::fields).toList());
    }
    fields.put("virtual-size", virtualBytes);
    fields.put("filename", target);
    if (qcow2 != null) {
      fields.put("cluster-size", qcow2.clusterSize());
    }
    fields.put("format", format);
    if (actualBytes >= 0) {
      fields.put("actual-size", actualBytes);
    }
    if (qcow2 != null) {
      Map<String, Object> specific = new LinkedHashMap<>();
      specific.put("type", "qcow2");
      specific.put("data", specificFields());
      fields.put("format-specific", specific);
    }
    if (backingTarget != null) {
      fields.put("full-backing-filename", backingTarget);
      fields.put("backing-filename", qcow2.backingFile());
    }
    fields.put("dirty-flag", qcow2 != null && qcow2.dirty());
    return fields;
  }

  private Map<String, Object> specificFields() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("compat", qcow2.version() == 2 ? "0.10" : "1.1");
    data.put("compression-type", "zlib");
    if (qcow2.version() >= 3) {
      data.put("lazy-refcounts", qcow2.lazyRefcounts());
    }
    data.put("refcount-bits", qcow2.refcountBits());
    if (qcow2.version() >= 3) {
      data.put("corrupt", qcow2.corrupt());
      data.put("extended-l2", false);
    }
    return data;
  }

  private static Map<String, Object> fields(SnapshotDetails s) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (s.icount() != -1) {
      fields.put("icount", s.icount());
    }
    fields.put("vm-clock-nsec", s.vmClockNs() % 1_000_000_000);
    fields.put("name", s.name());
    fields.put("date-sec", s.seconds());
    fields.put("date-nsec", s.nanoseconds());
    fields.put("vm-clock-sec", s.vmClockNs() / 1_000_000_000);
    fields.put("id", s.id());
    fields.put("vm-state-size", s.vmStateBytes());
    return fields;
  }

  /** Returns it in lines for people. */
  public String human() {
    StringBuilder out = new StringBuilder();
    out.append("image: ").append(target).append('\n');
    out.append("file format: ").append(format).append('\n');
    out.append("virtual size: ").append(SizeText.of(virtualBytes));
    out.append(" (").append(virtualBytes).append(" bytes)\n");
    String actual = actualBytes < 0 ? "unavailable" : SizeText.of(actualBytes);
    out.append("disk size: ").append(actual).append('\n');
    if (qcow2 == null) {
      return out.toString();
    }
    out.append(qcow2.dirty() ? "cleanly shut down: no\n" : "");
    out.append("cluster_size: ").append(qcow2.clusterSize()).append('\n');
    if (qcow2.backingFile() != null) {
      out.append("backing file: ").append(qcow2.backingFile());
      boolean same = qcow2.backingFile().equals(backingTarget);
      out.append(same ? "" : " (actual path: " + backingTarget + ")").append('\n');
    }
    if (qcow2.backingFormat() != null) {
      out.append("backing file format: ").append(qcow2.backingFormat()).append('\n');
    }
    appendSnapshots(out);
    out.append("Format specific information:\n");
    specificFields()
        .forEach(
            (key, value) ->
                out.append("    ")
                    .append(key.replace('-', ' '))
                    .append(": ")
                    .append(value)
                    .append('\n'));
    return out.toString();
  }

  private void appendSnapshots(StringBuilder out) {
    if (qcow2.snapshots().isEmpty()) {
      return;
    }
    String row = "%-9s %-16s %8s%20s%13s%11s%n";
    out.append("Snapshot list:\n");
    out.append(String.format(row, "ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"));
    DateTimeFormatter date = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    for (SnapshotDetails s : qcow2.snapshots()) {
      long seconds = s.vmClockNs() / 1_000_000_000;
      String clock =
          String.format(
              "%02d:%02d:%02d.%03d",
              seconds / 3600, seconds / 60 % 60, seconds % 60, s.vmClockNs() / 1_000_000 % 1000);
      String taken = date.format(Instant.ofEpochSecond(s.seconds()).atZone(ZoneId.systemDefault()));
      String icount = s.icount() == -1 ? "" : Long.toString(s.icount());
      String size = SizeText.of(s.vmStateBytes());
      out.append(String.format(row, s.id(), s.name(), size, taken, clock, icount));
    }
  }
}
