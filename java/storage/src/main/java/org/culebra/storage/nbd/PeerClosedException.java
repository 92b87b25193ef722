package org.culebra.storage.nbd;

import java.io.IOException;

/** The peer closed the connection while more was expected. */
final class PeerClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerClosedException(String message) {
    super(message);
  }
}
