package org.culebra.image.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.block.Extent;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;

/** Where the bytes of a disk lie, as qemu-img map tells it. */
public final class ImageMap {
  /**
   * A run of bytes.
   *
   * @param start where it begins in the disk
   * @param length how long it is
   * @param depth which file of the backing chain decides, 0 for the top
   * @param present whether that file says anything of it
   * @param zero whether it reads as zeroes
   * @param data whether bytes are stored
   * @param offset where it begins in the file, -1 for nowhere
   * @param target the file
   */
  public record Entry(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      long offset,
      String target) {
    private boolean isContinuedBy(Entry next) {
      return depth == next.depth
          && present == next.present
          && zero == next.zero
          && data == next.data
          && (offset < 0 ? next.offset < 0 : next.offset == offset + length);
    }
  }

  private ImageMap() {}

  /**
   * Reads the map of an image and its backing files; blocks.
   *
   * @param format its format's name, or null to probe
   * @throws IOException with one line that names the target
   */
  public static List<Entry> read(FileOpener opener, String target, String format, ErrorSink errors)
      throws IOException {
    try (ImageChain chain = ImageChain.open(opener, target, format, true, errors)) {
      chain.device().activate();
      return read(chain);
    }
  }

  private static List<Entry> read(ImageChain chain) throws IOException {
    BlockDevice device = chain.device();
    List<Entry> entries = new ArrayList<>();
    Extent extent = new Extent();
    Entry current = null;
    for (long at = 0; at < device.capacityBytes(); at += extent.lengthBytes()) {
      device.extentAt(at, extent);
      Entry next = entry(extent, chain);
      if (current != null && current.isContinuedBy(next)) {
        current = longer(current, next.length);
      } else {
        if (current != null) {
          entries.add(current);
        }
        current = next;
      }
    }
    if (current != null) {
      entries.add(current);
    }
    return entries;
  }

  private static Entry entry(Extent extent, ImageChain chain) {
    Extent.Kind kind = extent.kind();
    return new Entry(
        extent.offsetBytes(),
        extent.lengthBytes(),
        extent.depth(),
        kind != Extent.Kind.UNALLOCATED,
        !extent.hasContent(),
        extent.isStored(),
        kind == Extent.Kind.COMPRESSED ? -1 : extent.physicalOffsetBytes(),
        chain.target(extent.depth()));
  }

  private static Entry longer(Entry e, long more) {
    return new Entry(
        e.start, e.length + more, e.depth, e.present, e.zero, e.data, e.offset, e.target);
  }

  /** Returns a map as JSON. */
  public static String json(List<Entry> entries) {
    List<String> lines = new ArrayList<>();
    for (Entry e : entries) {
      String offset = e.offset < 0 ? "" : ", \"offset\": " + e.offset;
      lines.add(
          String.format(
              "{ \"start\": %d, \"length\": %d, \"depth\": %d, \"present\": %b, \"zero\": %b, "
                  + "\"data\": %b%s}",
              e.start, e.length, e.depth, e.present, e.zero, e.data, offset));
    }
    return "[" + String.join(",\n", lines) + "]";
  }

  /**
   * Returns the stored runs of a map in lines for people.
   *
   * @throws ImageException when bytes are stored at no one place
   */
  public static String human(List<Entry> entries) throws ImageException {
    StringBuilder out = new StringBuilder();
    String row = "%-16s%-16s%-16s%s\n";
    out.append(String.format(row, "Offset", "Length", "Mapped to", "File"));
    for (Entry e : entries) {
      if (e.data && e.offset < 0) {
        throw new ImageException(
            e.target + ": offset " + e.start + ": compressed clusters have no place to name");
      }
      if (e.data && !e.zero) {
        out.append(String.format(row, hex(e.start), hex(e.length), hex(e.offset), e.target));
      }
    }
    return out.toString();
  }

  private static String hex(long value) {
    return value == 0 ? "0" : "0x" + Long.toHexString(value);
  }
}
