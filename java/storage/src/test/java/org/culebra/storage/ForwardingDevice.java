package org.culebra.storage;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.Limits;

/** Is another device, for subclasses that change a little of it. */
public class ForwardingDevice implements BlockDevice {
  private final BlockDevice device;

  /** Stands for a device. */
  protected ForwardingDevice(BlockDevice device) {
    this.device = device;
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public long capacityBytes() {
    return device.capacityBytes();
  }

  @Override
  public Capabilities capabilities() {
    return device.capabilities();
  }

  @Override
  public Limits limits() {
    return device.limits();
  }

  @Override
  public void activate() throws IOException {
    device.activate();
  }

  @Override
  public void deactivate() throws IOException {
    device.deactivate();
  }

  @Override
  public boolean isActive() {
    return device.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    return device.openQueue(depth);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
