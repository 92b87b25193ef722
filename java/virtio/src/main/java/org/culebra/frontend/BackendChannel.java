package org.culebra.frontend;

import java.io.IOException;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.Sockets;
import org.culebra.vhostuser.BackendRequestType;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.MessageReader;
import org.culebra.vhostuser.MessageRules;
import org.culebra.vhostuser.MessageWriter;

/**
 * The front-end's end of the channel on which a back-end asks (vhost-user: Back-end communication):
 * counts CONFIG_CHANGE_MSG, and answers what wants an answer.
 */
final class BackendChannel implements AutoCloseable {
  private final int own;
  private int theirs;
  private final long protocolFeatures;
  private final MessageReader reader = new MessageReader();
  private final MessageWriter writer = new MessageWriter();
  private final Message reply = new Message();
  private final FdList none = new FdList();
  private int configChanges;
  private boolean ended;

  BackendChannel(long protocolFeatures) throws IOException {
    this.protocolFeatures = protocolFeatures;
    int[] pair = Sockets.pair();
    own = pair[0];
    theirs = pair[1];
    Fd.setNonBlocking(own, true);
  }

  /** The end that this side reads. */
  int fd() {
    return own;
  }

  /** The end to send to the back-end. */
  int theirs() {
    return theirs;
  }

  /** Closes the back-end's end here, once it was sent. */
  void closeTheirs() {
    Fd.close(theirs);
    theirs = -1;
  }

  /** How many CONFIG_CHANGE_MSG have come. */
  int configChanges() {
    return configChanges;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Takes what has come. */
  void onReadable() throws IOException {
    int result = read();
    while (result == MessageReader.READY) {
      onMessage(reader.message());
      result = read();
    }
    if (result == MessageReader.BROKEN) {
      throw new FrontEndException("back-end channel: " + reader.fault());
    }
    ended = result == MessageReader.END;
  }

  private int read() {
    return reader.read((a, n, f) -> Sockets.receiveWithFds(own, a, n, f));
  }

  private void onMessage(Message message) throws IOException {
    String line = MessageRules.checkBackend(message, reader.fds(), protocolFeatures);
    if (line != null) {
      throw new FrontEndException("back-end channel: " + line);
    }
    boolean isKnown = message.backendType() == BackendRequestType.CONFIG_CHANGE_MSG;
    configChanges += isKnown ? 1 : 0;
    if (message.needsReply()) {
      reply.replyTo(message).putU64(isKnown ? 0 : 1);
      int result = writer.write((a, n, f) -> Sockets.sendWithFds(own, a, n, f), reply, none);
      if (result < 0) {
        throw new FrontEndException("back-end channel: send: " + Errno.name(-result));
      }
    }
  }

  @Override
  public void close() {
    Fd.close(own);
    closeTheirs();
    reader.close();
    writer.close();
    reply.close();
  }
}
