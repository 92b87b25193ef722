package org.culebra.backend;

import java.io.IOException;
import org.culebra.block.BlockDevice;

/** What happens, on a worker, while a device is put in another's place and nothing is in flight. */
@FunctionalInterface
public interface SwapTransfer {
  /**
   * Brings the new device to where the old one is; both are active.
   *
   * @throws IOException to give up: the old device stays
   */
  void run(BlockDevice from, BlockDevice to) throws IOException;
}
