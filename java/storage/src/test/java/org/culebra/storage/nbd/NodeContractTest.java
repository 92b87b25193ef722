package org.culebra.storage.nbd;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.ForwardingDevice;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.storage.Lines;
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
    NbdDevice device = new NbdDevice(node.target(), options.withReadOnly(parameters.readOnly()));
    return new SettlingDevice(device, node);
  }

  /** Once it is inactive, the node, whose descriptors are of this process, has closed its side. */
  private static final class SettlingDevice extends ForwardingDevice {
    private final NodeRunner node;

    SettlingDevice(NbdDevice device, NodeRunner node) {
      super(device);
      this.node = node;
    }

    @Override
    public void deactivate() throws IOException {
      super.deactivate();
      Lines.await("the node's side is closed", () -> node.connectionCount() == 0);
    }
  }
}
