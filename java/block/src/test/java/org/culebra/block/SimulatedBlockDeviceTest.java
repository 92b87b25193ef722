package org.culebra.block;

class SimulatedBlockDeviceTest extends BlockDeviceContractTest {
  private SimulatedBlockDevice last;

  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    last = new SimulatedBlockDevice(parameters.capacityBytes(), Seeds.SEED);
    return last.growable(parameters.growable()).readOnly(parameters.readOnly());
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) {
    return last.afterPowerCut(Seeds.SEED);
  }

  @Override
  protected boolean canGrow() {
    return true;
  }
}
