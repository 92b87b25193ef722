package org.culebra.block.filter;

import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;

/** Bytes on a disk of 4096-byte units that completes at once. */
class AlignmentFilterTest extends BlockDeviceContractTest {
  private static final Limits UNITS = new Limits(4096, 1, 4096, 0, 4096);

  @Override
  protected BlockDevice create(DeviceParameters parameters) {
    long capacity = parameters.capacityBytes();
    return new AlignmentFilter(new MemoryDevice(capacity, UNITS, parameters.readOnly()), 1);
  }
}
