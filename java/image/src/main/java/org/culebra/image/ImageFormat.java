package org.culebra.image;

import java.io.IOException;
import org.culebra.block.BlockDevice;

/** A format of images: knows its files, opens them as disks. Immutable. */
public interface ImageFormat {
  /** Returns the name, as qemu-img has it. */
  String name();

  /**
   * Tells whether a file is of this format.
   *
   * @param head the file's first bytes, {@link ImageFormats#PROBE_BYTES} if it has so many
   * @return 0 for no, higher for surer, 100 for a magic
   */
  int probe(byte[] head);

  /**
   * Opens a file as an inactive disk; reads at most the header.
   *
   * @param file inactive or active; closed with the disk
   * @throws IOException with one line, when it is no image of this format that can be used
   */
  BlockDevice open(BlockDevice file, ImageOptions options) throws IOException;
}
