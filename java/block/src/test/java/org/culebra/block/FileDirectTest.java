package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;

/** A file past the page cache, through io_uring. */
class FileDirectTest extends FileDeviceContract {
  @Override
  Path makeDirectory() throws IOException {
    return TestFiles.buildDirectory();
  }

  @Override
  FileOptions options() {
    return FileOptions.DEFAULT;
  }
}
