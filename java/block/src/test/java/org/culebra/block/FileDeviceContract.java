package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract on a file; subclasses choose the file system and how the file is opened. */
abstract class FileDeviceContract extends BlockDeviceContractTest {
  private Path directory;
  private Path file;

  abstract Path makeDirectory() throws IOException;

  abstract FileOptions options();

  @BeforeEach
  void makeFileDirectory() throws IOException {
    directory = makeDirectory();
  }

  @AfterEach
  void removeFileDirectory() throws IOException {
    TestFiles.remove(directory);
  }

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws IOException {
    file = TestFiles.sparse(directory, parameters.capacityBytes());
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) throws IOException {
    FileOptions options = options().withReadOnly(parameters.readOnly());
    return FileDevice.open(file, options.withGrowable(parameters.growable()));
  }

  @Override
  protected boolean canGrow() {
    return true;
  }
}
