package org.culebra.cli.image;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.filter.AlignmentFilter;
import org.culebra.image.ImageException;
import org.culebra.image.tool.FileOpener;
import org.culebra.image.tool.LocalFiles;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.Targets;

/**
 * Opens every target for the tools: paths as {@link LocalFiles} does, the rest as {@code serve}
 * does.
 */
final class TargetFiles implements FileOpener {
  private static final int SECTOR_BYTES = 512;

  private final LocalFiles local = new LocalFiles();
  private final TargetOptions options;
  private final FileOptions.Lock readLock;

  /**
   * Makes one.
   *
   * @param forceShare whether an image that another process writes may be read
   * @param err takes a line for each fault of a server
   */
  TargetFiles(boolean forceShare, PrintWriter err) {
    options = TargetOptions.of(line -> err.println("culebra: " + line));
    readLock = forceShare ? FileOptions.Lock.SHARED : FileOptions.Lock.EXCLUSIVE;
  }

  @Override
  public BlockDevice open(String target, boolean readOnly, boolean growable) throws IOException {
    TargetUri uri = parse(target);
    FileOptions files =
        FileOptions.DEFAULT
            .withGrowable(growable && !readOnly)
            .withDirect(FileOptions.Direct.OFF)
            .withLock(readOnly ? readLock : FileOptions.Lock.EXCLUSIVE);
    BlockDevice device = Targets.open(uri, options.withReadOnly(readOnly), files);
    return uri instanceof TargetUri.File ? device : new AlignmentFilter(device, SECTOR_BYTES);
  }

  @Override
  public BlockDevice create(String target) throws IOException {
    return parse(target) instanceof TargetUri.File file
        ? local.create(file.path().toString())
        : open(target, false, false);
  }

  @Override
  public long actualBytes(String target) {
    return TargetUri.parse(target) instanceof TargetUri.File file
        ? local.actualBytes(file.path().toString())
        : -1;
  }

  @Override
  public String backingTarget(String target, String name) throws IOException {
    if (parse(target) instanceof TargetUri.File file) {
      return local.backingTarget(file.path().toString(), name);
    }
    if (Path.of(name).isAbsolute()) {
      return name;
    }
    throw new ImageException(
        target + ": backing file " + name + ": a relative path leads nowhere from here");
  }

  private static TargetUri parse(String target) throws IOException {
    try {
      return TargetUri.parse(target);
    } catch (IllegalArgumentException wrong) {
      throw new IOException(wrong.getMessage(), wrong);
    }
  }
}
