package org.culebra.block;

import java.io.IOException;

/**
 * A disk, or a file that holds one: what every layer of a stack is to the layer above it.
 *
 * <p>A device is made <em>inactive</em>: it has read at most its header, caches nothing, holds no
 * lock, has written nothing. {@link #activate()} takes the lock and reads again; {@link
 * #deactivate()} flushes, writes metadata back, drops caches and the lock. Hand-over of a disk
 * between processes and hosts is these two calls.
 *
 * <p>These methods may block and are called by one thread at a time (never a queue's agent), with
 * no queue open during activate and deactivate. Only a {@link BlockQueue} is for the data path.
 * Activating or deactivating a layer does the same to the layers it stands on.
 */
public interface BlockDevice extends AutoCloseable {
  /** Returns what a person calls it: a path, a URI, with the format before it. */
  String name();

  /** Returns the size; a growable device's is as long as it is now. */
  long capacityBytes();

  /** Returns what it can do. */
  Capabilities capabilities();

  /** Returns the sizes it works in. */
  Limits limits();

  /**
   * Makes it ready for queues.
   *
   * @throws IOException with one line that names what and why: locked by another process, not
   *     there, broken
   */
  void activate() throws IOException;

  /**
   * Makes everything durable and lets go of it. An inactive device stays as it is.
   *
   * @throws IOException when something could not be written; the device is inactive all the same
   */
  void deactivate() throws IOException;

  /** Returns whether it is between activate and deactivate. */
  boolean isActive();

  /**
   * Opens a queue on an active device.
   *
   * @param depth the requests that may be in flight at once, above 0
   * @return a queue that is attached to no thread
   * @throws IOException when a connection or ring can't be had
   */
  BlockQueue openQueue(int depth) throws IOException;

  /**
   * Tells what the bytes from an offset on are, for map and convert; blocks. By default all is
   * data.
   *
   * @param offsetBytes below the capacity
   * @param out filled with a run that begins at the offset, 1 byte or more
   * @throws IOException when it can't be read
   */
  default void extentAt(long offsetBytes, Extent out) throws IOException {
    out.set(Extent.Kind.DATA, offsetBytes, capacityBytes() - offsetBytes, offsetBytes);
  }

  /**
   * Returns the room that an active device's bytes take where they are stored, which is less than
   * the capacity when there are holes; -1 when that isn't known, as by default. Blocks.
   *
   * @throws IOException when it can't be asked
   */
  default long allocatedBytes() throws IOException {
    return -1;
  }

  /**
   * Sets the size of a growable device; what is added reads as zeroes.
   *
   * @throws IOException when it can't be set
   */
  default void resize(long capacityBytes) throws IOException {
    throw new IOException(name() + ": this device has a fixed size");
  }

  /** Deactivates if need be and gives everything back. */
  @Override
  void close() throws IOException;
}
