package org.culebra.image;

import java.io.IOException;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.image.qcow2.Qcow2Format;

/** The formats that there are. */
public final class ImageFormats {
  /** As many of a file's first bytes as a probe wants. */
  public static final int PROBE_BYTES = 2048;

  /** A file that is the disk. */
  public static final ImageFormat RAW = new RawFormat();

  /** QEMU's copy-on-write format, versions 2 and 3. */
  public static final ImageFormat QCOW2 = new Qcow2Format();

  private static final List<ImageFormat> ALL = List.of(RAW, QCOW2);

  private ImageFormats() {}

  /** Returns all formats. */
  public static List<ImageFormat> all() {
    return ALL;
  }

  /**
   * Returns the format of a name.
   *
   * @throws ImageException when there is none
   */
  public static ImageFormat named(String name) throws ImageException {
    for (ImageFormat format : ALL) {
      if (format.name().equals(name)) {
        return format;
      }
    }
    String names = String.join(", ", ALL.stream().map(ImageFormat::name).toList());
    throw new ImageException("format " + name + ": not known, must be one of: " + names);
  }

  /**
   * Returns the surest format of a file's first bytes; raw when nothing else fits. A guest can
   * write any header into a raw disk: don't probe what a guest wrote.
   */
  public static ImageFormat probe(byte[] head) {
    ImageFormat best = RAW;
    for (ImageFormat format : ALL) {
      best = format.probe(head) > best.probe(head) ? format : best;
    }
    return best;
  }

  /**
   * Probes a file.
   *
   * @throws IOException when it can't be read
   */
  public static ImageFormat probe(BlockDevice file) throws IOException {
    return probe(ImageHead.read(file, PROBE_BYTES));
  }
}
