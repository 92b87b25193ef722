package org.culebra.storage.nbd;

import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.node.NodeRunner;

/** The block contract over our own storage node. */
class NodeContractTest extends BlockDeviceContractTest {
  private NodeRunner node;

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws Exception {
    MemoryDevice memory =
        new MemoryDevice(parameters.capacityBytes(), Limits.BYTES, parameters.readOnly());
    node = closeLater(new NodeRunner(memory));
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) {
    TargetOptions options = TargetOptions.of(line -> {});
    return new NbdDevice(node.target(), options.withReadOnly(parameters.readOnly()));
  }
}
