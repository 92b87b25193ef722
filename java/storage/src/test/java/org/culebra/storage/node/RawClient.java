package org.culebra.storage.node;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A client of bytes: says what a test says, right or wrong. */
final class RawClient implements AutoCloseable {
  static final int GO = 7;

  private final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);

  RawClient(NodeRunner node) throws IOException {
    channel.connect(UnixDomainSocketAddress.of(node.socket()));
  }

  RawClient send(ByteBuffer bytes) throws IOException {
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    return this;
  }

  ByteBuffer receive(int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining()) {
      if (channel.read(in) < 0) {
        throw new EOFException();
      }
    }
    return in.flip();
  }

  /** Returns whether the server closes without another byte. */
  boolean isClosed() throws IOException {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  /** Takes the greeting and answers it. */
  RawClient greet(int flags) throws IOException {
    receive(18);
    return send(ByteBuffer.allocate(4).putInt(flags));
  }

  RawClient option(int option, byte[] content) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + content.length).putLong(0x49484156454f5054L);
    return send(bytes.putInt(option).putInt(content.length).put(content));
  }

  /** Receives an option reply and returns its type; its data is dropped. */
  int optionReply(int option) throws IOException {
    ByteBuffer reply = receive(20);
    if (reply.getLong() != 0x3e889045565a9L || reply.getInt() != option) {
      throw new AssertionError("not a reply to option " + option);
    }
    int type = reply.getInt();
    receive(reply.getInt());
    return type;
  }

  static byte[] go(String name, int... infos) {
    ByteBuffer data = ByteBuffer.allocate(6 + name.length() + 2 * infos.length);
    data.putInt(name.length()).put(name.getBytes()).putShort((short) infos.length);
    for (int info : infos) {
      data.putShort((short) info);
    }
    return data.array();
  }

  /** Goes to the transmission phase of export x. */
  RawClient negotiate(boolean structured) throws IOException {
    greet(3);
    if (structured) {
      option(8, new byte[0]);
      optionReply(8);
    }
    option(GO, go("x"));
    optionReply(GO);
    optionReply(GO);
    return this;
  }

  RawClient request(int flags, int type, long offset, long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(28).putInt(0x25609513).putShort((short) flags);
    bytes.putShort((short) type).putLong(0x1122334455667788L).putLong(offset);
    return send(bytes.putInt((int) length));
  }

  /** Receives a simple reply without payload and returns its error. */
  int simpleError() throws IOException {
    ByteBuffer reply = receive(16);
    if (reply.getInt() != 0x67446698 || reply.getLong(8) != 0x1122334455667788L) {
      throw new AssertionError("not a simple reply");
    }
    return reply.getInt();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
