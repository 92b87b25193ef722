package org.culebra.block;

class MemoryDeviceTest extends BlockDeviceContractTest {
  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    return new MemoryDevice(parameters.capacityBytes(), Limits.BYTES, parameters.readOnly());
  }
}
