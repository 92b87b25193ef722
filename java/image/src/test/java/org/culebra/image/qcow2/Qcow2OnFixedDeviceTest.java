package org.culebra.image.qcow2;

import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.Limits;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.image.ImageOptions;

/**
 * The contract of block devices on a qcow2 image in a device of fixed size, as a server's export
 * is, which is full of someone's old bytes, delays and reorders. The cache has the fewest pages.
 */
class Qcow2OnFixedDeviceTest extends BlockDeviceContractTest {
  private static final int SIZE = 6 << 20;

  private SimulatedBlockDevice file;

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws Exception {
    file = new SimulatedBlockDevice(SIZE, Seeds.SEED).limits(Limits.BYTES);
    file.activate();
    try (QueueDriver queue = new QueueDriver(file, 1)) {
      queue.write(0, Patterns.bytes(Seeds.random("old bytes"), SIZE));
    }
    Qcow2CreateOptions options =
        new Qcow2CreateOptions(
            parameters.capacityBytes(),
            3,
            1024,
            16,
            false,
            Qcow2CreateOptions.Preallocation.OFF,
            null,
            null);
    Qcow2Format.create(file, options);
    file.deactivate();
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) throws Exception {
    ImageOptions options =
        ImageOptions.DEFAULT.withReadOnly(parameters.readOnly()).withCacheBytes(1);
    return new Qcow2Device(file, options);
  }
}
