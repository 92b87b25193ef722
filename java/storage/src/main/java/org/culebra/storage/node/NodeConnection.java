package org.culebra.storage.node;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.List;
import org.culebra.linux.Epoll;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.IoVector;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;
import org.culebra.storage.nbd.MessageVector;

/**
 * One client of the node, from accept to close; made once and used for one client after another.
 * Confined to the node's thread.
 */
final class NodeConnection {
  private static final int INPUT_BYTES = 32 << 10;
  private static final int RECEIVES_MAX = 16;
  private static final int NONE = -1;
  private static final String QUIET = "";

  private final List<ServedExport> exports;
  private final Epoll epoll;
  private final NodeOptions options;
  private final Transmission transmission;
  private final Arena arena = Arena.ofShared();
  private final long input = arena.allocate(INPUT_BYTES, Long.BYTES).address();
  private final long output = arena.allocate(INPUT_BYTES, Long.BYTES).address();
  private final IoVector incoming = MessageVector.make();

  private int fd = NONE;
  private int position;
  private int limit;
  private int watched;
  private boolean blocked;
  private ServerHandshake handshake;
  private byte[] toSend = new byte[0];
  private int sentBytes;

  /** Times of the accept, of the last bytes received, and of the last bytes sent or queued. */
  private long acceptedNs;

  private long receivedNs;
  private long sentNs;

  /** Why it is to be closed: a broken rule, {@link #QUIET} for a proper end, or null. */
  private String reason;

  NodeConnection(List<ServedExport> exports, Epoll epoll, PayloadPool pool, NodeOptions options) {
    this.exports = exports;
    this.epoll = epoll;
    this.options = options;
    this.transmission = new Transmission(this, pool);
  }

  /** Begins with a client. */
  void begin(int fd, long nowNs) throws LinuxException {
    assert isReusable();
    epoll.add(fd, Epoll.IN);
    this.fd = fd;
    watched = Epoll.IN;
    position = 0;
    limit = 0;
    blocked = false;
    reason = null;
    acceptedNs = nowNs;
    receivedNs = nowNs;
    sentNs = nowNs;
    handshake = new ServerHandshake(exports);
    takeOutput();
  }

  int fd() {
    return fd;
  }

  /** Returns whether it is to be closed. */
  boolean isOver() {
    return reason != null;
  }

  /** Returns the rule that the client broke, or an empty text. */
  String reason() {
    return reason;
  }

  /** Returns whether no client has it and nothing of the last one is under way. */
  boolean isReusable() {
    return fd == NONE && transmission.isReusable();
  }

  /** Returns whether time matters to it now. */
  boolean hasDeadline() {
    return handshake != null || blocked || isMidMessage();
  }

  /** Does what an event of its socket makes possible. */
  void onReady(int events, long nowNs) {
    if ((watched & Epoll.IN) != 0) {
      receive(nowNs);
    } else if ((events & (Epoll.ERR | Epoll.HUP)) != 0) {
      reason = QUIET;
    }
    if ((events & Epoll.OUT) != 0) {
      blocked = false;
    }
  }

  private void receive(long nowNs) {
    for (int i = 0; i < RECEIVES_MAX && isReading(); i++) {
      incoming.clear();
      if (handshake == null) {
        transmission.gather(incoming);
      }
      compact();
      incoming.add(input + limit, INPUT_BYTES - limit);
      long wanted = incoming.lengthBytes();
      long n = Sockets.receiveVector(fd, incoming.iovecAddress(), incoming.count());
      if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
        return;
      }
      if (n <= 0) {
        reason = isMidMessage() ? "closed within a message" : QUIET;
        return;
      }
      receivedNs = nowNs;
      limit += (int) (n - (handshake == null ? transmission.onReceived(n) : 0));
      parse();
      if (n < wanted) {
        return;
      }
    }
  }

  private void compact() {
    if (position > 0) {
      Memory.copy(input + position, input, limit - position);
      limit -= position;
      position = 0;
    }
  }

  private boolean isReading() {
    if (reason != null || isSendingHandshake()) {
      return false;
    }
    return handshake != null || !(transmission.isLeaving() || transmission.isStalled());
  }

  private boolean isMidMessage() {
    return handshake == null
        && !transmission.isStalled()
        && (position < limit || transmission.isMidPayload());
  }

  private boolean isSendingHandshake() {
    return sentBytes < toSend.length;
  }

  /** Goes on with what was received, as far as slots, memory and the device have room. */
  void parse() {
    boolean more = true;
    while (more && reason == null && position < limit) {
      if (handshake != null) {
        more = !isSendingHandshake() && haggle();
      } else {
        int taken = transmission.accept(input + position, limit - position);
        position += taken;
        more = taken > 0;
        reason = transmission.violation();
      }
    }
  }

  private boolean haggle() {
    ByteBuffer in = Memory.segment(input + position, limit - position).asByteBuffer();
    boolean more = handshake.accept(in);
    position += in.position();
    reason = handshake.violation();
    takeOutput();
    return more;
  }

  private void takeOutput() {
    toSend = handshake.takeOutput();
    sentBytes = 0;
  }

  /** Tells that the device has completed one of its requests. */
  void onCompleted(NodeRequest request, int errno) {
    transmission.onCompleted(request, errno);
  }

  /** Sends what there is, goes on with what that makes room for, and sets what it waits for. */
  void service(long nowNs) {
    if (handshake != null) {
      sendHandshake(nowNs);
    }
    if (handshake == null && reason == null) {
      sendReplies(nowNs);
      if (transmission.isStalled()) {
        receivedNs = nowNs;
        transmission.resume();
        parse();
      }
      if (transmission.isLeaving() && transmission.isIdle() && reason == null) {
        reason = QUIET;
      }
    }
    if (reason == null && isTimedOut(nowNs)) {
      reason =
          "no progress for too long " + (handshake != null ? "in the handshake" : "in a message");
    }
    if (reason == null) {
      watch();
    }
  }

  private void sendHandshake(long nowNs) {
    while (isSendingHandshake() && reason == null) {
      int part = Math.min(toSend.length - sentBytes, INPUT_BYTES);
      Memory.put(output, toSend, sentBytes, part);
      long n = Sockets.send(fd, output, part);
      blocked = n == -Errno.EAGAIN;
      if (blocked) {
        return;
      }
      if (n < 0 && n != -Errno.EINTR) {
        reason = QUIET;
        return;
      }
      sentBytes += (int) Math.max(n, 0);
      if (!isSendingHandshake()) {
        onHandshakeSent(nowNs);
      }
    }
  }

  private void onHandshakeSent(long nowNs) {
    if (handshake.isAborted()) {
      reason = QUIET;
      return;
    }
    if (handshake.chosen() != null) {
      transmission.begin(handshake.chosen(), handshake.isStructured());
      handshake = null;
      receivedNs = nowNs;
      toSend = new byte[0];
      sentBytes = 0;
    }
    parse();
  }

  private void sendReplies(long nowNs) {
    if (blocked || !transmission.isSending()) {
      sentNs = blocked ? sentNs : nowNs;
      return;
    }
    int result = transmission.send(fd);
    if (result == -Errno.EAGAIN || result == -Errno.EINPROGRESS) {
      blocked = true;
    } else if (result < 0) {
      reason = QUIET;
    }
    sentNs = result == -Errno.EAGAIN ? sentNs : nowNs;
  }

  private boolean isTimedOut(long nowNs) {
    if (handshake != null) {
      return nowNs - acceptedNs > options.handshakeTimeoutNs();
    }
    boolean receiveStalled = isMidMessage() && nowNs - receivedNs > options.stallTimeoutNs();
    return receiveStalled || (blocked && nowNs - sentNs > options.stallTimeoutNs());
  }

  private void watch() {
    int events = (isReading() ? Epoll.IN : 0) | (blocked ? Epoll.OUT : 0);
    if (events != watched) {
      try {
        epoll.modify(fd, events);
        watched = events;
      } catch (LinuxException e) {
        reason = e.getMessage();
      }
    }
  }

  /** Closes the socket; requests at the device run out. */
  void end() {
    epoll.remove(fd);
    Fd.close(fd);
    fd = NONE;
    handshake = null;
    toSend = new byte[0];
    sentBytes = 0;
    transmission.end();
  }

  /** Frees its memory; it is reusable. */
  void close() {
    assert isReusable();
    transmission.close();
    incoming.close();
    arena.close();
  }
}
