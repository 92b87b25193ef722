package org.culebra.vhostuser;

import org.culebra.linux.Errno;
import org.culebra.linux.FdList;

/**
 * Writes messages to a stream that may take only a part of them at a time.
 *
 * <p>Keeps a copy of what is left, so that the message given may be reused at once. The file
 * descriptors are borrowed: the caller closes them, but not before {@link #isIdle}. One message at
 * a time: a back-end reads no further request before its reply has gone out. Confined to one
 * thread.
 */
public final class MessageWriter implements AutoCloseable {
  private final Message pending = new Message();
  private final FdList pendingFds = new FdList();
  private int sentBytes;
  private boolean idle = true;

  /** Makes a writer with nothing to write. */
  public MessageWriter() {}

  /**
   * Writes a message, as far as the sink takes it.
   *
   * @param sink where it goes
   * @param message what goes; copied
   * @param fds what goes with its first byte; may be empty
   * @return 0 when all went, {@code -EAGAIN} when the rest waits for {@link #flush}, or another
   *     {@code -errno}, after which the stream is of no use
   */
  public int write(MessageSink sink, Message message, FdList fds) {
    assert idle : "a message is being written";
    pending.copyOf(message);
    pendingFds.clear();
    for (int i = 0; i < fds.count(); i++) {
      pendingFds.add(fds.get(i));
    }
    sentBytes = 0;
    idle = false;
    return flush(sink);
  }

  /**
   * Writes what is left.
   *
   * @return as {@link #write}
   */
  public int flush(MessageSink sink) {
    while (!idle) {
      int leftBytes = pending.lengthBytes() - sentBytes;
      int n = sink.send(pending.address() + sentBytes, leftBytes, pendingFds);
      if (n == -Errno.EINTR) {
        continue;
      }
      if (n <= 0) {
        return n == 0 ? -Errno.EAGAIN : n;
      }
      pendingFds.clear();
      sentBytes += n;
      idle = sentBytes == pending.lengthBytes();
    }
    return 0;
  }

  /** Says whether everything was written. */
  public boolean isIdle() {
    return idle;
  }

  /** Frees the memory; forgets what is left. */
  @Override
  public void close() {
    pendingFds.clear();
    pending.close();
  }
}
