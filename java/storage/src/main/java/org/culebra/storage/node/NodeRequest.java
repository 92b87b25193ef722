package org.culebra.storage.node;

import org.culebra.block.BlockRequest;
import org.culebra.linux.IoVector;

/** One request of a client, from its header to its sent reply. Made once, used again. */
final class NodeRequest {
  /** The largest payload (NBD: Size constraints); also the default of clients that don't ask. */
  static final long PAYLOAD_BYTES_MAX = 1L << 25;

  private static final int BLOCKS_MAX = (int) (PAYLOAD_BYTES_MAX / PayloadPool.BLOCK_BYTES);

  /** Whose it is. */
  final NodeConnection connection;

  /** Its place among the connection's. */
  final int slot;

  /** The payload's memory, of {@link #blocks}. */
  final IoVector memory = new IoVector(BLOCKS_MAX);

  final int[] blocks = new int[BLOCKS_MAX];
  final BlockRequest block = new BlockRequest();
  int blockCount;

  /** As the client sent them. */
  int command;

  int flags;
  long cookie;
  long offsetBytes;
  long lengthBytes;

  /** An NbdError, or 0. */
  int error;

  /** Between the header and the sent reply. */
  boolean open;

  /** Submitted and not completed. */
  boolean atDevice;

  /** The trim is done; the flush that makes it durable is under way. */
  boolean flushing;

  NodeRequest(NodeConnection connection, int slot) {
    this.connection = connection;
    this.slot = slot;
  }
}
