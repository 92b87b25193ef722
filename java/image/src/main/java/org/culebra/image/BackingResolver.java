package org.culebra.image;

import java.io.IOException;
import org.culebra.block.BlockDevice;

/**
 * Opens the backing file that an image names. What a name may reach is the caller's decision, since
 * the name stands in a file that may come from a stranger.
 */
@FunctionalInterface
public interface BackingResolver {
  /** Opens no backing file. */
  BackingResolver DENY =
      (name, format) -> {
        throw new ImageException("backing file " + name + ": backing files are not allowed here");
      };

  /**
   * Opens a backing file, read-only and inactive.
   *
   * @param name as the image has it
   * @param format as the image has it, or null when it names none
   * @return the disk that it holds; closed by the image
   * @throws IOException when it can't be opened, or must not be
   */
  BlockDevice open(String name, String format) throws IOException;
}
