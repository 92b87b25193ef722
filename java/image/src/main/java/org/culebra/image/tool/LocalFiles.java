package org.culebra.image.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.image.ImageException;
import org.culebra.linux.Fd;

/** Opens paths of this machine. A backing file's name is a path as well, never a protocol. */
public final class LocalFiles implements FileOpener {
  private static final Pattern PROTOCOL = Pattern.compile("^[A-Za-z0-9+_-]+:.*");

  /** Makes it. */
  public LocalFiles() {}

  @Override
  public BlockDevice open(String target, boolean readOnly, boolean growable) throws IOException {
    return FileDevice.open(Path.of(target), options(readOnly, growable));
  }

  private static FileOptions options(boolean readOnly, boolean growable) {
    return FileOptions.DEFAULT
        .withReadOnly(readOnly)
        .withGrowable(growable && !readOnly)
        .withDirect(FileOptions.Direct.OFF);
  }

  @Override
  public BlockDevice create(String target) throws IOException {
    Path path = Path.of(target);
    if (!Files.exists(path)) {
      Files.createFile(path);
    }
    FileDevice file = FileDevice.open(path, options(false, true));
    if (Files.isRegularFile(path)) {
      try {
        // Under its lock: a file that something serves is refused, not emptied.
        file.activate();
        file.resize(0);
        file.deactivate();
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }
    return file;
  }

  @Override
  public long actualBytes(String target) {
    try {
      int fd = org.culebra.linux.Files.open(Path.of(target), org.culebra.linux.Files.O_RDONLY, 0);
      try {
        return org.culebra.linux.Files.allocatedBytes(fd);
      } finally {
        Fd.close(fd);
      }
    } catch (IOException e) {
      return -1;
    }
  }

  @Override
  public String backingTarget(String target, String name) throws IOException {
    if (PROTOCOL.matcher(name).matches()) {
      throw new ImageException("backing file " + name + ": only paths are followed");
    }
    Path parent = Path.of(target).getParent();
    return parent == null ? name : parent.resolve(name).toString();
  }
}
