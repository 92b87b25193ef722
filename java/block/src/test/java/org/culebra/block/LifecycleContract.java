package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.culebra.linux.Fd;
import org.junit.jupiter.api.Test;

/** Chapter 6 of the contract: activate, deactivate, close, and what lasts over them. */
abstract class LifecycleContract extends CancelContract {
  @Test
  void shouldBeInactiveUntilActivated() throws Exception {
    BlockDevice device = closeLater(create(DeviceParameters.DEFAULT));
    assertFalse(device.isActive());
    device.activate();
    assertTrue(device.isActive());
    device.deactivate();
    assertFalse(device.isActive());
    device.deactivate();
    assertFalse(device.isActive(), "an inactive device stays as it is");
  }

  @Test
  void shouldKeepDataOverDeactivateAndActivate() throws Exception {
    needsData();
    BlockDevice device = device();
    byte[] written = bytes(64 * unit(device));
    for (int round = 0; round < 5; round++) {
      try (QueueDriver queue = new QueueDriver(device, 2)) {
        queue.write((long) round * written.length, written);
      }
      device.deactivate();
      device.activate();
    }
    QueueDriver queue = queue(device, 2);
    for (int round = 0; round < 5; round++) {
      byte[] read = queue.read((long) round * written.length, written.length);
      Patterns.assertSame(written, read, "written in cycle " + round);
    }
  }

  @Test
  void shouldKeepDataOverCloseAndReopen() throws Exception {
    needsData();
    BlockDevice device = create(DeviceParameters.DEFAULT);
    device.activate();
    byte[] written = bytes(64 * unit(device));
    try (QueueDriver queue = new QueueDriver(device, 2)) {
      queue.write(unit(device), written);
    }
    device.close();
    assertFalse(device.isActive(), "close deactivates");
    BlockDevice again = reopen(DeviceParameters.DEFAULT);
    assumeTrue(again != null, "isn't durable");
    closeLater(again).activate();
    QueueDriver queue = queue(again, 2);
    Patterns.assertSame(written, queue.read(unit(again), written.length), "reopened");
    assertEquals(DeviceParameters.DEFAULT.capacityBytes(), again.capacityBytes());
  }

  @Test
  void shouldKeepSizesAndCapabilitiesWhileActive() throws Exception {
    BlockDevice device = device();
    Capabilities capabilities = device.capabilities();
    Limits limits = device.limits();
    assertEquals(DeviceParameters.DEFAULT.capacityBytes(), device.capacityBytes());
    assertFalse(device.name().isBlank());
    QueueDriver queue = queue(device, 1);
    queue.write(0, bytes(unit(device)));
    queue.execute(BlockOperation.DISCARD, 0, 65536, 0);
    queue.execute(BlockOperation.WRITE_ZEROES, 0, 65536, 0);
    assertEquals(capabilities, device.capabilities());
    assertEquals(limits, device.limits());
    assertEquals(DeviceParameters.DEFAULT.capacityBytes(), device.capacityBytes());
  }

  @Test
  void shouldTellTheExtentsOfTheWholeDevice() throws Exception {
    needsData();
    BlockDevice device = device();
    int written = 256 << 10;
    try (QueueDriver queue = new QueueDriver(device, 1)) {
      queue.write(1 << 20, bytes(written));
      queue.execute(BlockOperation.FLUSH, 0, 0, 0);
    }
    Extent extent = new Extent();
    long dataBytes = 0;
    for (long at = 0; at < device.capacityBytes(); at += extent.lengthBytes()) {
      device.extentAt(at, extent);
      assertEquals(at, extent.offsetBytes());
      assertTrue(extent.lengthBytes() > 0, extent.toString());
      dataBytes += extent.kind() == Extent.Kind.DATA ? extent.lengthBytes() : 0;
    }
    assertTrue(dataBytes >= written, dataBytes + " bytes are data");
    device.extentAt((1 << 20) + 100, extent);
    assertEquals(Extent.Kind.DATA, extent.kind());
  }

  @Test
  void shouldLeaveNoDescriptorBehind() throws Exception {
    BlockDevice device = device();
    device.deactivate();
    int before = Fd.openCount();
    for (int round = 0; round < 10; round++) {
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 4)) {
        queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      }
      device.deactivate();
    }
    assertEquals(before, Fd.openCount(), "descriptors after ten cycles");
  }
}
