package org.culebra.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory of a short name (a unix socket's path has at most 107 bytes), gone when closed. */
public final class TempDirectory implements AutoCloseable {
  private final Path path;

  public TempDirectory() throws IOException {
    path = Files.createTempDirectory("culebra");
  }

  public Path file(String name) {
    return path.resolve(name);
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
