package org.culebra.image;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.Extent;
import org.culebra.block.Limits;

/**
 * A disk that is its file, byte for byte: requests pass through as they are.
 *
 * <p>The size is in sectors of 512 bytes, rounded up as in QEMU. Bytes that the file doesn't have
 * read as zeroes; writing them makes a growable file longer, and fails with ENOSPC on another.
 */
public final class RawDevice implements BlockDevice {
  private static final int SECTOR_BYTES = 512;

  private final BlockDevice file;
  private final boolean readOnly;

  /**
   * Makes the disk of a file.
   *
   * @param file closed with this device
   * @param readOnly refuses changes; so does a file that does
   */
  public RawDevice(BlockDevice file, boolean readOnly) {
    this.file = file;
    this.readOnly = readOnly;
  }

  @Override
  public String name() {
    return "raw:" + file.name();
  }

  @Override
  public long capacityBytes() {
    return (file.capacityBytes() + SECTOR_BYTES - 1) & -SECTOR_BYTES;
  }

  @Override
  public Capabilities capabilities() {
    Capabilities below = file.capabilities();
    return new Capabilities(
        readOnly || below.readOnly(),
        false,
        !readOnly && below.discard(),
        !readOnly && below.writeZeroes(),
        !readOnly && below.fastZeroes(),
        below.queuesMax());
  }

  @Override
  public Limits limits() {
    return file.limits();
  }

  @Override
  public void activate() throws IOException {
    file.activate();
  }

  @Override
  public void deactivate() throws IOException {
    file.deactivate();
  }

  @Override
  public boolean isActive() {
    return file.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    BlockQueue queue = file.openQueue(depth);
    if (!file.capabilities().growable() && file.capacityBytes() < capacityBytes()) {
      queue = new TailQueue(queue, depth, file.capacityBytes());
    }
    return readOnly && !file.capabilities().readOnly() ? new ReadOnlyQueue(queue, depth) : queue;
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) throws IOException {
    long left = capacityBytes() - offsetBytes;
    if (offsetBytes >= file.capacityBytes()) {
      out.set(Extent.Kind.ZERO, offsetBytes, left, offsetBytes);
      return;
    }
    file.extentAt(offsetBytes, out);
    if (out.lengthBytes() > left) {
      out.set(out.kind(), offsetBytes, left, out.physicalOffsetBytes());
    }
  }

  @Override
  public void resize(long capacityBytes) throws IOException {
    if (!file.capabilities().growable()) {
      throw new ImageException(name() + ": this device has a fixed size");
    }
    file.resize(capacityBytes);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
