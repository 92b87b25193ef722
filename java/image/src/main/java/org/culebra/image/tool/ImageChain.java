package org.culebra.image.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.image.ImageFormat;
import org.culebra.image.ImageFormats;
import org.culebra.image.ImageOptions;

/** An image that a tool has open, with the files of its backing chain by depth. */
public final class ImageChain implements AutoCloseable {
  private static final int DEPTH_MAX = 200;

  private final FileOpener opener;
  private final ErrorSink errors;
  private final List<String> targets = new ArrayList<>();
  private final List<String> formats = new ArrayList<>();
  private BlockDevice device;

  private ImageChain(FileOpener opener, ErrorSink errors) {
    this.opener = opener;
    this.errors = errors;
  }

  /**
   * Opens an image, inactive; its backing files are opened when it is activated.
   *
   * @param format its format's name, or null to probe
   * @throws IOException with one line that names the target
   */
  public static ImageChain open(
      FileOpener opener, String target, String format, boolean readOnly, ErrorSink errors)
      throws IOException {
    ImageChain chain = new ImageChain(opener, errors);
    chain.device = chain.openLayer(target, format, readOnly);
    return chain;
  }

  private BlockDevice openLayer(String target, String formatName, boolean readOnly)
      throws IOException {
    if (targets.size() == DEPTH_MAX) {
      throw new ImageException(target + ": backing chain: longer than " + DEPTH_MAX + " files");
    }
    BlockDevice file = opener.open(target, readOnly, !"raw".equals(formatName));
    try {
      ImageFormat format =
          formatName == null ? ImageFormats.probe(file) : ImageFormats.named(formatName);
      targets.add(target);
      formats.add(format.name());
      ImageOptions options =
          ImageOptions.DEFAULT
              .withReadOnly(readOnly)
              .withErrors(errors)
              .withBacking(
                  (name, backingFormat) ->
                      openLayer(opener.backingTarget(target, name), backingFormat, true));
      return format.open(file, options);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Returns the disk. */
  public BlockDevice device() {
    return device;
  }

  /** Returns the target at a depth, 0 for the top. */
  public String target(int depth) {
    return targets.get(depth);
  }

  /** Returns the name of the format at a depth, 0 for the top. */
  public String format(int depth) {
    return formats.get(depth);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
