package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;

/** A file in memory, through the page cache and io_uring. */
class FileBufferedTest extends FileDeviceContract {
  @Override
  Path makeDirectory() throws IOException {
    return TestFiles.memoryDirectory();
  }

  @Override
  FileOptions options() {
    return FileOptions.DEFAULT.withDirect(FileOptions.Direct.OFF);
  }
}
