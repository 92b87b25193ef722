package org.culebra.block;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files for tests of file devices. */
final class TestFiles {
  private TestFiles() {}

  /** Makes a file of zeroes that takes no room. */
  static Path sparse(Path directory, long sizeBytes) throws IOException {
    Path file = Files.createTempFile(directory, "disk", ".raw");
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(sizeBytes);
    }
    return file;
  }

  /** Makes a directory on the file system of the build, which is a disk's and not tmpfs. */
  static Path buildDirectory() throws IOException {
    Path target = Path.of("target").toAbsolutePath();
    Files.createDirectories(target);
    return Files.createTempDirectory(target, "file-test");
  }

  /** Makes a directory in memory. */
  static Path memoryDirectory() throws IOException {
    return Files.createTempDirectory(Path.of("/dev/shm"), "culebra-test");
  }

  /** Removes a directory of files. */
  static void remove(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
