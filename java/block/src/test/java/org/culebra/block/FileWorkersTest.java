package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;

/** A file through workers, as where io_uring is forbidden; past the page cache. */
class FileWorkersTest extends FileDeviceContract {
  private static final ExecutorService WORKERS = Executors.newFixedThreadPool(3);

  @AfterAll
  static void stopWorkers() {
    WORKERS.shutdown();
  }

  @Override
  Path makeDirectory() throws IOException {
    return TestFiles.buildDirectory();
  }

  @Override
  FileOptions options() {
    return FileOptions.DEFAULT.withIoUring(FileOptions.IoUring.OFF).withWorkers(WORKERS);
  }
}
