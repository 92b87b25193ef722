package org.culebra.image;

import org.culebra.block.Extent;
import org.culebra.image.owner.Task;

/**
 * Where the bytes of a virtual disk lie: the one question that every format answers, for the data
 * path, map, check and convert alike. Confined to the image's owner.
 */
public interface AddressMap {
  /** The extent was filled in. */
  int MAPPED = 0;

  /** A table page isn't in memory: {@link #load} brings it. */
  int MISS = 1;

  /**
   * Finds the run of bytes of one kind that begins at an offset.
   *
   * @param offsetBytes below the capacity
   * @param lengthBytes above 0; a run ends there at the latest
   * @param out filled in when mapped; never shorter than 1 byte
   * @return {@link #MAPPED}, {@link #MISS}, or a negated errno when the tables contradict
   *     themselves
   */
  int translate(long offsetBytes, long lengthBytes, Extent out);

  /**
   * Brings the next table page that {@link #translate} missed into memory.
   *
   * @param task run when it is there, with 0, or when it can't be had, with the negated errno
   */
  void load(long offsetBytes, Task task);
}
