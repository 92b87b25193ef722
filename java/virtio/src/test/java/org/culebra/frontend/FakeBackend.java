package org.culebra.frontend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.culebra.linux.Epoll;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;
import org.culebra.vhostuser.BackendRequestType;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.MessageReader;
import org.culebra.vhostuser.MessageRules;
import org.culebra.vhostuser.MessageWriter;
import org.culebra.vhostuser.RequestType;
import org.culebra.virtio.blk.BlkConfig;

/**
 * A back-end without a device, on a thread of its own: answers every request by the book, or
 * misbehaves on one type of request, and keeps a list of what came.
 */
final class FakeBackend implements AutoCloseable {
  /** What it does wrong. */
  enum Fault {
    NONE,
    CLOSE,
    SILENCE,
    WRONG_SIZE,
    WRONG_FLAGS,
    WRONG_REQUEST,
    NEGATIVE
  }

  private static final long TICK_NS = 20_000_000;

  final Path socket;
  final List<String> received = new CopyOnWriteArrayList<>();
  final List<String> broken = new CopyOnWriteArrayList<>();
  volatile long features = 1L << 32 | 1L << 30 | 1L << 29 | 1L << 28 | 1L << 12 | 1L << 9;
  volatile long protocolFeatures = 0x1a229; // MQ REPLY_ACK BACKEND_REQ CONFIG 13 15 16
  volatile long capacitySectors = 2048;
  volatile Fault fault = Fault.NONE;
  volatile Set<RequestType> faulty = EnumSet.noneOf(RequestType.class);
  private final Path directory;
  private final int listening;
  private final Thread thread;
  private final Message reply = new Message();
  private final FdList none = new FdList();
  private volatile boolean stopping;
  private long negotiatedFeatures;
  private long negotiatedProtocolFeatures;
  private long status;
  private int connection = -1;
  private int channel = -1;

  FakeBackend() throws IOException {
    directory = Files.createTempDirectory("fake-backend");
    socket = directory.resolve("s");
    listening = Sockets.listenUnix(socket, 4);
    thread = new Thread(this::run, "fake back-end");
    thread.start();
  }

  FakeBackend on(Fault what, RequestType type) {
    fault = what;
    faulty = EnumSet.of(type);
    return this;
  }

  private void run() {
    try (Epoll epoll = new Epoll()) {
      epoll.add(listening, Epoll.IN);
      while (!stopping) {
        epoll.await(TICK_NS);
        connection = Sockets.accept(listening);
        if (connection >= 0) {
          epoll.add(connection, Epoll.IN);
          serve(epoll);
          epoll.remove(connection);
          Fd.close(connection);
          Fd.close(channel);
          channel = -1;
        }
      }
    } catch (IOException e) {
      broken.add(e.getMessage());
    }
  }

  private void serve(Epoll epoll) throws IOException {
    negotiatedProtocolFeatures = 0;
    try (MessageReader reader = new MessageReader()) {
      int result = MessageReader.AGAIN;
      while (!stopping && (result == MessageReader.READY || result == MessageReader.AGAIN)) {
        if (result == MessageReader.AGAIN) {
          epoll.await(TICK_NS);
        }
        result = reader.read((a, n, f) -> Sockets.receiveWithFds(connection, a, n, f));
        if (result == MessageReader.READY && !answer(reader)) {
          return;
        }
      }
    }
  }

  /** Answers a message; false to close the connection. */
  private boolean answer(MessageReader reader) {
    Message message = reader.message();
    RequestType type = message.type();
    String line =
        MessageRules.check(message, reader.fds(), negotiatedFeatures, negotiatedProtocolFeatures);
    if (line != null) {
      broken.add(line);
    }
    int fds = reader.fds().count();
    received.add(type + (message.needsReply() ? "!" : "") + (fds > 0 ? "+" + fds : ""));
    boolean isFaulty = faulty.contains(type);
    if (isFaulty && fault == Fault.CLOSE) {
      return false;
    }
    fill(reader, message, type);
    boolean isAcked = message.needsReply() && (negotiatedProtocolFeatures & 1 << 3) != 0;
    if (type.hasReply(negotiatedProtocolFeatures)
        || isAcked && type != RequestType.SET_PROTOCOL_FEATURES) {
      if (isFaulty) {
        distort();
      }
      if (!isFaulty || fault != Fault.SILENCE) {
        send(connection, reply);
      }
    }
    return true;
  }

  private void fill(MessageReader reader, Message message, RequestType type) {
    reply.replyTo(message).putU64(0);
    switch (type) {
      case GET_FEATURES -> reply.putU64(features);
      case GET_PROTOCOL_FEATURES -> reply.putU64(protocolFeatures);
      case GET_QUEUE_NUM -> reply.putU64(4);
      case GET_MAX_MEM_SLOTS -> reply.putU64(32);
      case GET_STATUS -> reply.putU64(status);
      case SET_STATUS -> status = message.u64();
      case SET_FEATURES -> negotiatedFeatures = message.u64();
      case SET_PROTOCOL_FEATURES -> negotiatedProtocolFeatures = message.u64();
      case GET_VRING_BASE -> reply.putVringState(message.vringState().index(), 5);
      case SET_BACKEND_REQ_FD -> channel = reader.fds().take(0);
      case GET_CONFIG -> {
        reply.putConfig(message.config());
        Memory.putLong(reply.configBytesAddress() + BlkConfig.CAPACITY, capacitySectors);
      }
      default -> {
        // acknowledged
      }
    }
  }

  private void distort() {
    switch (fault) {
      case WRONG_SIZE -> Memory.putInt(reply.address() + 8, 4);
      case WRONG_FLAGS -> Memory.putInt(reply.address() + 4, 0xd);
      case WRONG_REQUEST -> Memory.putInt(reply.address(), 44);
      case NEGATIVE -> reply.putU64(22);
      default -> {
        // the reply isn't sent at all
      }
    }
  }

  private void send(int fd, Message message) {
    try (MessageWriter writer = new MessageWriter()) {
      writer.write((a, n, f) -> Sockets.sendWithFds(fd, a, n, f), message, none);
    }
  }

  /** Tells the front-end of a change, from the thread of the test; returns its answer. */
  long changeConfig() throws IOException {
    try (Message change = new Message();
        MessageReader reader = new MessageReader();
        Epoll epoll = new Epoll()) {
      send(channel, change.request(BackendRequestType.CONFIG_CHANGE_MSG, true));
      epoll.add(channel, Epoll.IN);
      int result = MessageReader.AGAIN;
      for (int i = 0; i < 100 && result == MessageReader.AGAIN; i++) {
        epoll.await(TICK_NS);
        result = reader.read((a, n, f) -> Sockets.receiveWithFds(channel, a, n, f));
      }
      return result == MessageReader.READY ? reader.message().u64() : -1;
    }
  }

  /** What came since the last call, in one line. */
  String receivedLine() {
    List<String> copy = new ArrayList<>(received);
    received.clear();
    return String.join(" ", copy);
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Fd.close(listening);
    reply.close();
    Files.deleteIfExists(socket);
    Files.delete(directory);
  }
}
