package org.culebra.vhostuser;

import org.culebra.linux.Errno;
import org.culebra.linux.FdList;

/**
 * Makes messages of a stream of bytes and file descriptors, however it is split.
 *
 * <p>Never takes more bytes than the message in hand needs, so that the file descriptors of the
 * next one stay in the socket: the kernel delivers them with the first byte they were sent with,
 * which is the first byte of a message (vhost-user: Communication). A header that can't be right
 * breaks the stream for good, because where the next message begins is then unknown.
 *
 * <p>Confined to one thread. Owns the file descriptors of the message in hand, see the package.
 */
public final class MessageReader implements AutoCloseable {
  /** {@link #read}: the source has no more bytes now; the message isn't whole yet. */
  public static final int AGAIN = 0;

  /** {@link #read}: {@link #message} and {@link #fds} are whole. */
  public static final int READY = 1;

  /** {@link #read}: the peer closed the stream between two messages. */
  public static final int END = 2;

  /** {@link #read}: the stream can't be followed any further; {@link #fault} says why. */
  public static final int BROKEN = 3;

  private final Message message = new Message();
  private final FdList fds = new FdList();
  private int gotBytes;
  private boolean ready;
  private String fault;

  /** Makes a reader at the beginning of a message. */
  public MessageReader() {}

  /**
   * Takes bytes until a message is whole or there are no more. Closes what is left of the file
   * descriptors of the message before.
   *
   * @return {@link #AGAIN}, {@link #READY}, {@link #END} or {@link #BROKEN}
   */
  public int read(MessageSource source) {
    if (fault != null) {
      return BROKEN;
    }
    if (ready) {
      ready = false;
      gotBytes = 0;
      fds.closeAll();
    }
    while (gotBytes < wantedBytes()) {
      int fdsBefore = fds.count();
      int n = source.receive(message.address() + gotBytes, wantedBytes() - gotBytes, fds);
      if (n == -Errno.EINTR) {
        continue;
      }
      if (n == -Errno.EAGAIN) {
        return AGAIN;
      }
      if (n <= 0) {
        return ended(n);
      }
      if (gotBytes > 0 && fds.count() > fdsBefore) {
        return broken(
            "byte " + gotBytes + ": file descriptors come with a message's first byte only");
      }
      boolean headerBefore = gotBytes >= MessageHeader.BYTES;
      gotBytes += n;
      if (!headerBefore && gotBytes >= MessageHeader.BYTES && headerFault() != null) {
        return broken(headerFault());
      }
    }
    ready = true;
    return READY;
  }

  /** Returns the message, whole after {@link #READY} and until the next {@link #read}. */
  public Message message() {
    return message;
  }

  /** Returns the file descriptors that came with the message. */
  public FdList fds() {
    return fds;
  }

  /** Says what broke the stream, in one line; null while it is intact. */
  public String fault() {
    return fault;
  }

  private int wantedBytes() {
    return gotBytes < MessageHeader.BYTES ? MessageHeader.BYTES : message.lengthBytes();
  }

  private String headerFault() {
    String header = message + ": ";
    if ((message.flags() & MessageHeader.VERSION_MASK) != MessageHeader.VERSION) {
      return header + "version must be 1";
    }
    if (Integer.compareUnsigned(message.payloadBytes(), Message.PAYLOAD_BYTES_MAX) > 0) {
      return message.name()
          + " size "
          + Integer.toUnsignedString(message.payloadBytes())
          + ": a payload has at most "
          + Message.PAYLOAD_BYTES_MAX
          + " bytes";
    }
    return null;
  }

  private int ended(int n) {
    if (n == 0 && gotBytes == 0 && fds.count() == 0) {
      return END;
    }
    if (n < 0) {
      return broken("receive: " + Errno.name(-n));
    }
    return broken(gotBytes + " bytes of a message, then the end of the stream");
  }

  private int broken(String line) {
    fault = line;
    fds.closeAll();
    return BROKEN;
  }

  /** Closes the file descriptors nobody took, and frees the memory. */
  @Override
  public void close() {
    fds.closeAll();
    message.close();
  }
}
