package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;

/** A file in memory whose system calls are the submitter's own, as tools have it. */
class FileOwnThreadTest extends FileDeviceContract {
  @Override
  Path makeDirectory() throws IOException {
    return TestFiles.memoryDirectory();
  }

  @Override
  FileOptions options() {
    return FileOptions.DEFAULT
        .withIoUring(FileOptions.IoUring.OFF)
        .withDirect(FileOptions.Direct.OFF);
  }
}
