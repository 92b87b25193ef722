package org.culebra.image.qcow2;

import java.nio.file.Files;
import java.nio.file.Path;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.image.ImageOptions;
import org.junit.jupiter.api.AfterEach;

/** The contract of block devices on a qcow2 image in a growing file. */
class Qcow2DeviceTest extends BlockDeviceContractTest {
  private Path directory;

  @AfterEach
  void removeFiles() throws Exception {
    TestImages.remove(directory);
  }

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws Exception {
    directory = TestImages.directory();
    Path path = directory.resolve("disk.qcow2");
    Files.createFile(path);
    TestImages.create(path, Qcow2CreateOptions.of(parameters.capacityBytes()));
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) throws Exception {
    FileOptions options =
        FileOptions.DEFAULT.withGrowable(true).withReadOnly(parameters.readOnly());
    return new Qcow2Device(
        FileDevice.open(directory.resolve("disk.qcow2"), options), ImageOptions.DEFAULT);
  }
}
