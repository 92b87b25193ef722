package org.culebra.image.tool;

import java.io.IOException;
import org.culebra.block.BlockDevice;

/** Opens what holds images, for the tools: paths, or whatever else a caller's targets name. */
public interface FileOpener {
  /**
   * Opens a file, inactive.
   *
   * @param target as a person wrote it, or {@link #backingTarget} gave it
   * @param growable whether a write past the end makes it longer, where it can
   * @throws IOException with one line that names the target
   */
  BlockDevice open(String target, boolean readOnly, boolean growable) throws IOException;

  /**
   * Opens a file to be filled: one that is not there is made, one that is there is emptied; what
   * can't be made or emptied is opened as it is. Inactive, read-write.
   *
   * @throws IOException with one line that names the target
   */
  BlockDevice create(String target) throws IOException;

  /** Returns the room that a file takes, or -1 when that isn't known. */
  long actualBytes(String target);

  /**
   * Returns the target that a backing file's name leads to.
   *
   * @param target of the image that has the name
   * @param name as it stands in the image
   * @throws IOException when it must not be followed
   */
  String backingTarget(String target, String name) throws IOException;
}
