package org.culebra.storage.nbd;

import java.io.IOException;

/** The handshake's way to the peer: whole pieces, in bounded time. Confined to its caller. */
interface ByteStream {
  /**
   * Sends all of it.
   *
   * @throws IOException when the peer is gone or time is up
   */
  void send(byte[] bytes) throws IOException;

  /**
   * Returns the next bytes.
   *
   * @throws IOException when the peer is gone or time is up
   */
  byte[] receive(int lengthBytes) throws IOException;
}
