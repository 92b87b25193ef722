package org.culebra.frontend;

import org.culebra.linux.Fd;
import org.culebra.linux.Mapping;
import org.culebra.vhostuser.RegionDescription;

/**
 * A region that was added to those a connection began with; a file of its own.
 *
 * @param fd the file
 * @param mapping where we see it
 * @param region as the back-end was told
 */
public record AddedMemory(int fd, Mapping mapping, RegionDescription region)
    implements AutoCloseable {
  /** Unmaps and closes it; the back-end may still have it mapped. */
  @Override
  public void close() {
    mapping.close();
    Fd.close(fd);
  }
}
