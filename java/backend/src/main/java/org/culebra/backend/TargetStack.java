package org.culebra.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.filter.AlignmentFilter;
import org.culebra.image.BackingResolver;
import org.culebra.image.ImageException;
import org.culebra.image.ImageFormat;
import org.culebra.image.ImageFormats;
import org.culebra.image.ImageOptions;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.Targets;

/**
 * Opens stacks on this machine's files and storage servers: the format that the options name, over
 * the protocol that the target names. Immutable.
 *
 * <p>A backing file that an image names is opened below the image's own directory only, never at a
 * path that whoever wrote the image chose.
 */
public final class TargetStack implements DiskStack {
  /** The format name that asks for probing. */
  public static final String FORMAT_AUTO = "auto";

  private static final int BACKING_DEPTH_MAX = 64;
  private static final int SECTOR_BYTES = 512;

  private final Executor workers;
  private final Consumer<String> errors;

  /**
   * Makes one.
   *
   * @param workers runs blocking I/O where io_uring is forbidden
   * @param errors takes a line for each fault of an image or server
   */
  public TargetStack(Executor workers, Consumer<String> errors) {
    this.workers = workers;
    this.errors = errors;
  }

  @Override
  public BlockDevice open(DiskOptions options) throws IOException {
    String target = options.target();
    BlockDevice device = open(target, options.format(), options.readOnly(), 0);
    try {
      if (options.inactive()) {
        // Its size is asked for before its first activation: a server tells it when connected.
        learnSize(device);
      }
      return device;
    } catch (IOException e) {
      device.close();
      throw e;
    }
  }

  private static void learnSize(BlockDevice device) throws IOException {
    if (device.capacityBytes() == 0) {
      device.activate();
      device.deactivate();
    }
  }

  private BlockDevice open(String target, String formatName, boolean readOnly, int depth)
      throws IOException {
    TargetUri uri = parse(target);
    BlockDevice file = openFile(uri, readOnly);
    try {
      ImageFormat format =
          formatName.equals(FORMAT_AUTO)
              ? ImageFormats.probe(file)
              : ImageFormats.named(formatName);
      return format.open(file, imageOptions(uri, readOnly, depth));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** An image's file grows with it; a raw one only to the end of its last sector. */
  private BlockDevice openFile(TargetUri uri, boolean readOnly) throws IOException {
    TargetOptions options = TargetOptions.of(errors).withReadOnly(readOnly);
    FileOptions files = FileOptions.DEFAULT.withWorkers(workers).withGrowable(!readOnly);
    return new AlignmentFilter(Targets.open(uri, options, files), SECTOR_BYTES);
  }

  private static TargetUri parse(String target) throws IOException {
    try {
      return TargetUri.parse(target);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private ImageOptions imageOptions(TargetUri uri, boolean readOnly, int depth) {
    BackingResolver backing = BackingResolver.DENY;
    if (uri instanceof TargetUri.File file) {
      Path directory = file.path().toAbsolutePath().normalize().getParent();
      backing = (name, format) -> openBacking(directory, name, format, depth + 1);
    }
    return ImageOptions.DEFAULT
        .withReadOnly(readOnly)
        .withBacking(backing)
        .withErrors(errors::accept);
  }

  private BlockDevice openBacking(Path directory, String name, String format, int depth)
      throws IOException {
    if (depth > BACKING_DEPTH_MAX) {
      throw new ImageException(
          "backing file " + name + ": the chain is longer than " + BACKING_DEPTH_MAX);
    }
    Path path = directory.resolve(name).toRealPath();
    if (!path.startsWith(directory.toRealPath())) {
      throw new ImageException(
          "backing file " + name + ": not below the image's directory " + directory);
    }
    return open(path.toString(), format == null ? FORMAT_AUTO : format, true, depth);
  }
}
