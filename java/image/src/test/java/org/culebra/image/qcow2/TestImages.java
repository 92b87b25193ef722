package org.culebra.image.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;

/** Files and images for tests. */
public final class TestImages {
  private TestImages() {}

  /** Makes a directory in memory. */
  public static Path directory() throws IOException {
    return Files.createTempDirectory(Path.of("/dev/shm"), "culebra-image-test");
  }

  /** Removes a directory with all in it. */
  public static void remove(Path directory) throws IOException {
    if (directory == null) {
      return;
    }
    try (var files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }

  /** Opens a file that grows. */
  public static FileDevice file(Path path) throws IOException {
    return FileDevice.open(
        path, FileOptions.DEFAULT.withGrowable(true).withDirect(FileOptions.Direct.OFF));
  }

  /** Makes an image in an empty file. */
  public static void create(Path path, Qcow2CreateOptions options) throws IOException {
    try (BlockDevice file = file(path)) {
      file.activate();
      Qcow2Format.create(file, options);
    }
  }
}
