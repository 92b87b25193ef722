package org.culebra.block;

class NullDeviceTest extends BlockDeviceContractTest {
  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    return new NullDevice(parameters.capacityBytes());
  }

  @Override
  protected boolean storesData() {
    return false;
  }

  @Override
  protected boolean canBeReadOnly() {
    return false;
  }
}
