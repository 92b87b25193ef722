package org.culebra.backend;

import java.util.ArrayList;
import java.util.List;
import org.culebra.linux.Errno;
import org.culebra.linux.FdList;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.MessageReader;
import org.culebra.vhostuser.MessageRules;
import org.culebra.vhostuser.MessageWriter;
import org.culebra.vhostuser.ProtocolFeatures;

/**
 * A front-end attached to a disk: one message in hand at a time, answered before the next is read.
 * Confined to the control thread.
 *
 * <p>A message that breaks the protocol ends the connection; a request that can't be carried out is
 * answered by a number other than 0 where the front-end asked for an answer, and ends the
 * connection where it didn't. Ending drains the rings first, within the bound.
 */
final class Connection {
  private final int fd;
  private final ServedDisk disk;
  private final ControlAgent control;
  private final MessageReader reader = new MessageReader();
  private final MessageWriter writer = new MessageWriter();
  private final Message answer = new Message();
  private final FdList noFds = new FdList();
  private final FrontEndRequests requests;
  private final List<Runnable> onClosed = new ArrayList<>();

  /** A message is being carried out. */
  private boolean busy;

  private boolean closing;

  Connection(int fd, ServedDisk disk, ControlAgent control) {
    this.fd = fd;
    this.disk = disk;
    this.control = control;
    this.requests = new FrontEndRequests(this, disk, control);
    control.watch(fd, this::onReadable);
  }

  private void onReadable() {
    if (!writer.isIdle()) {
      return;
    }
    while (!busy && !closing) {
      switch (reader.read(this::receive)) {
        case MessageReader.AGAIN -> {
          return;
        }
        case MessageReader.READY -> onMessage();
        case MessageReader.END -> end();
        default -> fail(reader.fault());
      }
    }
    if (busy) {
      // Level-triggered: what has arrived meanwhile waits in the socket.
      control.unwatch(fd);
    }
  }

  private int receive(long address, int lengthBytes, FdList fds) {
    return control.host().receive(fd, address, lengthBytes, fds);
  }

  private int send(long address, int lengthBytes, FdList fds) {
    return control.host().send(fd, address, lengthBytes, fds);
  }

  private void onMessage() {
    Message message = reader.message();
    String broken =
        MessageRules.check(message, reader.fds(), requests.features(), requests.protocolFeatures());
    busy = true;
    if (message.type() == null) {
      refuse(message.name() + ": unknown request");
    } else if (broken != null) {
      refuse(broken);
      end();
    } else {
      requests.carryOut(message, reader.fds());
    }
  }

  /** The request in hand was carried out and has no reply of its own. */
  void done() {
    acknowledge(0);
  }

  /** The request in hand can't be carried out. */
  void refuse(String reason) {
    disk.errors().accept(reason);
    Message message = reader.message();
    boolean asked = message.needsReply() && hasReplyAck();
    boolean ownReply =
        message.type() != null && message.type().hasReply(requests.protocolFeatures());
    acknowledge(1);
    if (message.type() != null && (ownReply || !asked)) {
      end();
    }
  }

  private void acknowledge(long result) {
    Message message = reader.message();
    boolean ownReply =
        message.type() != null && message.type().hasReply(requests.protocolFeatures());
    if (message.needsReply() && hasReplyAck() && !ownReply) {
      reply(answer.replyTo(message).putU64(result));
    } else {
      next();
    }
  }

  private boolean hasReplyAck() {
    return ProtocolFeatures.has(requests.protocolFeatures(), ProtocolFeatures.REPLY_ACK);
  }

  /** Returns an empty reply to the request in hand, to be filled and sent. */
  Message answer() {
    return answer.replyTo(reader.message());
  }

  /** Sends the reply of the request in hand. */
  void reply(Message message) {
    int error = writer.write(this::send, message, noFds);
    if (error == -Errno.EAGAIN) {
      // Replies are small and asked for one by one: a front-end that doesn't read them is broken.
      disk.errors().accept("front-end doesn't take a reply of " + message.lengthBytes() + " bytes");
      end();
    } else if (error != 0) {
      end();
    }
    next();
  }

  private void next() {
    busy = false;
    if (!closing) {
      control.watch(fd, this::onReadable);
    } else {
      finishClosing();
    }
  }

  private void fail(String reason) {
    disk.errors().accept("front-end: " + reason);
    end();
  }

  private void end() {
    if (!closing) {
      close(() -> {});
    }
  }

  /** Ends the connection: rings drained and stopped, memory unmapped, descriptors closed. */
  void close(Runnable onClosed) {
    this.onClosed.add(onClosed);
    if (!closing) {
      closing = true;
      control.unwatch(fd);
      if (!busy) {
        finishClosing();
      }
    }
  }

  private void finishClosing() {
    requests.close(
        () -> {
          control.host().close(fd);
          reader.close();
          writer.close();
          answer.close();
          disk.onDisconnected();
          onClosed.forEach(Runnable::run);
        });
  }
}
