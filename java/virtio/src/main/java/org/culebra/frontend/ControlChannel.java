package org.culebra.frontend;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.culebra.linux.Epoll;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.MessageHeader;
import org.culebra.vhostuser.MessageReader;
import org.culebra.vhostuser.MessageRules;
import org.culebra.vhostuser.MessageWriter;
import org.culebra.vhostuser.ProtocolFeatures;
import org.culebra.vhostuser.RequestType;

/**
 * The socket to a back-end: one request, then its answer, within a time limit. What the back-end
 * asks on its own channel meanwhile is answered meanwhile.
 */
final class ControlChannel implements AutoCloseable {
  private final int fd;
  private final long timeoutNs;
  private final boolean acceptsNeedReply;
  private final Epoll epoll;
  private final MessageReader reader = new MessageReader();
  private final MessageWriter writer = new MessageWriter();
  private final Message request = new Message();
  private final FdList requestFds = new FdList();
  private long protocolFeatures;
  private BackendChannel backend;
  private boolean isBroken;

  ControlChannel(Path socket, FrontEndOptions options) throws IOException {
    this.timeoutNs = options.timeoutNs();
    this.acceptsNeedReply = options.acceptsNeedReplyInReplies();
    epoll = new Epoll();
    int connected = -1;
    try {
      connected = Sockets.connectUnix(socket);
      Fd.setNonBlocking(connected, true);
      epoll.add(connected, Epoll.IN);
    } catch (IOException e) {
      Fd.close(connected);
      fd = -1;
      close();
      throw e;
    }
    fd = connected;
  }

  /** Sets what was negotiated; NEED_REPLY is waited for only with REPLY_ACK. */
  void protocolFeatures(long negotiated) {
    protocolFeatures = negotiated;
  }

  boolean hasReplyAck() {
    return ProtocolFeatures.has(protocolFeatures, ProtocolFeatures.REPLY_ACK);
  }

  /** Serves the back-end's channel too from now on. */
  void serve(BackendChannel channel) throws IOException {
    backend = channel;
    epoll.add(channel.fd(), Epoll.IN);
  }

  /** Begins a request; the caller puts its payload and calls {@link #exchange}. */
  Message begin(RequestType type, boolean needReply) {
    return request.request(type, needReply);
  }

  Message request() {
    return request;
  }

  /** Descriptors that came with the last reply; those not taken are closed with the next. */
  FdList replyFds() {
    return reader.fds();
  }

  /**
   * Sends the request that was begun, and waits for the answer it has.
   *
   * @param fds go with it; they stay the caller's
   * @return the reply of its own, or null where it has none
   * @throws FrontEndException also when an acknowledgement isn't 0
   */
  Message exchange(int... fds) throws IOException {
    RequestType type = request.type();
    long deadlineNs = System.nanoTime() + timeoutNs;
    if (isBroken) {
      throw new FrontEndException(request.name() + ": the connection is broken");
    }
    isBroken = true; // until this exchange has gone well
    send(deadlineNs, fds);
    boolean hasReply = type != null && type.hasReply(protocolFeatures);
    boolean isAcked = !hasReply && request.needsReply() && hasReplyAck();
    if (!hasReply && !isAcked) {
      isBroken = false;
      return null;
    }
    Message reply = receive(deadlineNs);
    isBroken = false;
    if (acceptsNeedReply) {
      Memory.putInt(
          reply.address() + MessageHeader.FLAGS, reply.flags() & ~MessageHeader.NEED_REPLY);
    }
    if (type != null) {
      String line = MessageRules.checkReply(type, isAcked, reply, reader.fds());
      if (line != null) {
        throw new FrontEndException(line);
      }
    }
    if (isAcked && reply.u64() != 0) {
      throw new FrontEndException(
          request.name() + ": the back-end answers 0x" + Long.toHexString(reply.u64()));
    }
    return isAcked ? null : reply;
  }

  private void send(long deadlineNs, int... fds) throws IOException {
    requestFds.clear();
    for (int each : fds) {
      requestFds.add(each);
    }
    int result = writer.write(this::sendSome, request, requestFds);
    while (result == -Errno.EAGAIN) {
      await(Epoll.OUT, deadlineNs);
      result = writer.flush(this::sendSome);
    }
    requestFds.clear();
    if (result < 0) {
      throw new FrontEndException(request.name() + ": send: " + Errno.name(-result));
    }
  }

  private int sendSome(long address, int lengthBytes, FdList fds) {
    return Sockets.sendWithFds(fd, address, lengthBytes, fds);
  }

  private Message receive(long deadlineNs) throws IOException {
    while (true) {
      switch (reader.read((a, n, f) -> Sockets.receiveWithFds(fd, a, n, f))) {
        case MessageReader.READY -> {
          return reader.message();
        }
        case MessageReader.AGAIN -> await(Epoll.IN, deadlineNs);
        case MessageReader.END ->
            throw new FrontEndException(request.name() + ": the back-end closed the connection");
        default -> throw new FrontEndException(request.name() + ": " + reader.fault());
      }
    }
  }

  /** Waits until the socket is ready; serves the back-end's channel meanwhile. */
  private void await(int events, long deadlineNs) throws IOException {
    if (!poll(events, deadlineNs)) {
      throw new FrontEndException(
          request.name() + ": no answer within " + timeoutNs / 1_000_000 + " ms");
    }
  }

  private boolean poll(int events, long deadlineNs) throws IOException {
    epoll.modify(fd, events);
    while (true) {
      long leftNs = Math.max(0, deadlineNs - System.nanoTime());
      int count = epoll.await(leftNs);
      boolean isReady = false;
      boolean isAsked = false;
      for (int i = 0; i < count; i++) {
        isReady |= epoll.fd(i) == fd;
        isAsked |= epoll.fd(i) != fd;
      }
      if (isAsked) {
        serveBackend();
      }
      if (isReady || leftNs == 0) {
        return isReady;
      }
    }
  }

  private void serveBackend() throws IOException {
    backend.onReadable();
    if (backend.hasEnded()) {
      epoll.remove(backend.fd());
    }
  }

  /** Waits until the back-end has told of a number of changes in all, or the time is over. */
  boolean awaitConfigChanges(int count, long waitNs) throws IOException {
    long deadlineNs = System.nanoTime() + waitNs;
    while (backend.configChanges() < count && System.nanoTime() < deadlineNs) {
      epoll.modify(fd, 0);
      if (epoll.await(Math.max(0, deadlineNs - System.nanoTime())) > 0) {
        if (epoll.fd(0) == fd) {
          throw new FrontEndException("the back-end closed the connection");
        }
        serveBackend();
      }
    }
    return backend.configChanges() >= count;
  }

  /** Sends any bytes with any descriptors. */
  void sendRaw(byte[] bytes, int... fds) throws IOException {
    long deadlineNs = System.nanoTime() + timeoutNs;
    requestFds.clear();
    for (int each : fds) {
      requestFds.add(each);
    }
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocate(Math.max(1, bytes.length)).address();
      Memory.put(address, bytes, 0, bytes.length);
      for (int sent = 0; sent < bytes.length; ) {
        int n = sendSome(address + sent, bytes.length - sent, requestFds);
        if (n == -Errno.EAGAIN) {
          await(Epoll.OUT, deadlineNs);
        } else if (n < 0) {
          throw new FrontEndException("send: " + Errno.name(-n));
        } else {
          sent += n;
          requestFds.clear();
        }
      }
    } finally {
      requestFds.clear();
    }
  }

  /** Receives what has come, waiting for the first byte; null at the end of the stream. */
  byte[] receiveRaw(int bytesMax, FdList fds) throws IOException {
    long deadlineNs = System.nanoTime() + timeoutNs;
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocate(bytesMax).address();
      int n = Sockets.receiveWithFds(fd, address, bytesMax, fds);
      while (n == -Errno.EAGAIN) {
        await(Epoll.IN, deadlineNs);
        n = Sockets.receiveWithFds(fd, address, bytesMax, fds);
      }
      if (n == 0 || n == -Errno.ECONNRESET) {
        return null;
      }
      if (n < 0) {
        throw new FrontEndException("receive: " + Errno.name(-n));
      }
      byte[] bytes = new byte[n];
      Memory.get(address, bytes, 0, n);
      return bytes;
    }
  }

  @Override
  public void close() {
    if (backend != null) {
      backend.close();
    }
    Fd.close(fd);
    epoll.close();
    reader.close();
    writer.close();
    request.close();
  }
}
