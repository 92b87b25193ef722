package org.culebra.image.qcow2;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.image.ImageFormat;
import org.culebra.image.ImageOptions;

/** QEMU's copy-on-write format, versions 2 and 3. */
public final class Qcow2Format implements ImageFormat {
  private static final int SURE = 100;

  /** Makes it; one is enough. */
  public Qcow2Format() {}

  @Override
  public String name() {
    return "qcow2";
  }

  @Override
  public int probe(byte[] head) {
    boolean long8 = head.length >= 8 && Qcow2Header.hasMagic(head);
    return long8 && BigEndian.getInt(head, Qcow2Header.VERSION) >= 2 ? SURE : 0;
  }

  @Override
  public BlockDevice open(BlockDevice file, ImageOptions options) throws IOException {
    return new Qcow2Device(file, options);
  }

  /**
   * Makes an image in a file, whose content is lost.
   *
   * @param file active, read-write; empty when it is growable
   * @throws IOException when the options contradict each other, or the file can't be written
   */
  public static void create(BlockDevice file, Qcow2CreateOptions options) throws IOException {
    Qcow2Creator.create(file, options);
  }
}
