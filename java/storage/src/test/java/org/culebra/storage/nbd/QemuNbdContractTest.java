package org.culebra.storage.nbd;

import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.storage.ServerProcess;
import org.culebra.storage.TargetOptions;

/** The block contract over qemu-nbd, which advertises size constraints and splits replies. */
class QemuNbdContractTest extends BlockDeviceContractTest {
  private ServerProcess server;

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws Exception {
    server = closeLater(ServerProcess.qemuNbd(parameters.capacityBytes(), 32));
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) {
    TargetOptions options = TargetOptions.of(line -> {});
    return new NbdDevice(server.target(""), options.withReadOnly(parameters.readOnly()));
  }
}
