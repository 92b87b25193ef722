package org.culebra.backend;

import java.io.IOException;
import org.culebra.block.BlockDevice;

/** Opens what a disk's options name: inactive, the format over the protocol. May block. */
public interface DiskStack {
  /**
   * Opens a stack.
   *
   * @param options the disk's
   * @return an inactive device, the caller's to close
   * @throws IOException with one line that names the target and what is wrong with it
   */
  BlockDevice open(DiskOptions options) throws IOException;
}
