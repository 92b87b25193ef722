package org.culebra.image;

import org.culebra.block.BlockDevice;

/** The format of a file that is the disk. */
final class RawFormat implements ImageFormat {
  @Override
  public String name() {
    return "raw";
  }

  @Override
  public int probe(byte[] head) {
    return 1;
  }

  @Override
  public BlockDevice open(BlockDevice file, ImageOptions options) {
    return new RawDevice(file, options.readOnly());
  }
}
