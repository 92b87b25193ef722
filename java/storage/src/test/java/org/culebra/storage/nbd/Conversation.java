package org.culebra.storage.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** A script's words: bytes, and the messages of an honest server to mix lies with. */
final class Conversation {
  /** A request as the client sent it. */
  record Request(int flags, int type, long cookie, long offset, long length, byte[] payload) {}

  static final int ALL_FLAGS =
      TransmissionFlags.HAS_FLAGS
          | TransmissionFlags.SEND_FLUSH
          | TransmissionFlags.SEND_FUA
          | TransmissionFlags.SEND_TRIM
          | TransmissionFlags.SEND_WRITE_ZEROES
          | TransmissionFlags.SEND_FAST_ZERO;

  private final SocketChannel channel;

  Conversation(SocketChannel channel) {
    this.channel = channel;
  }

  void send(ByteBuffer bytes) throws IOException {
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes);
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

  /** Says no more, and returns when the client has closed. */
  void silence() throws IOException {
    ByteBuffer rest = ByteBuffer.allocate(65536);
    while (channel.read(rest) >= 0) {
      rest.clear();
    }
  }

  /** Ends it from this side. */
  void hangUp() throws IOException {
    channel.close();
  }

  void greet(int handshakeFlags) throws IOException {
    ByteBuffer greeting = buffer(18).putLong(Negotiation.INIT_PASSWD);
    send(greeting.putLong(Negotiation.OPTION_MAGIC).putShort((short) handshakeFlags));
  }

  /** Receives an option and returns its data. */
  byte[] option(int expected) throws IOException {
    ByteBuffer header = receive(16);
    long magic = header.getLong();
    int option = header.getInt();
    if (magic != Negotiation.OPTION_MAGIC || option != expected) {
      throw new AssertionError("option " + option + " instead of " + expected);
    }
    return receive(header.getInt()).array();
  }

  void optionReply(int option, int type, byte[] content) throws IOException {
    ByteBuffer reply = buffer(20 + content.length).putLong(Negotiation.OPTION_REPLY_MAGIC);
    send(reply.putInt(option).putInt(type).putInt(content.length).put(content));
  }

  static byte[] exportInfo(long size, int flags) {
    return buffer(12).putShort((short) 0).putLong(size).putShort((short) flags).array();
  }

  static byte[] sizesInfo(int minimum, int preferred, int maximum) {
    return buffer(14).putShort((short) 3).putInt(minimum).putInt(preferred).putInt(maximum).array();
  }

  /** Takes the handshake up to NBD_OPT_GO, whose reply the script then gives. */
  void untilGo(boolean structured) throws IOException {
    greet(3);
    receive(4);
    option(Negotiation.OPT_STRUCTURED_REPLY);
    int answer = structured ? Negotiation.REP_ACK : Negotiation.REP_ERR_UNSUP;
    optionReply(Negotiation.OPT_STRUCTURED_REPLY, answer, new byte[0]);
    option(Negotiation.OPT_GO);
  }

  /** Takes the whole handshake as an honest server. */
  void handshake(long size, int flags, boolean structured, byte[]... infos) throws IOException {
    untilGo(structured);
    optionReply(Negotiation.OPT_GO, Negotiation.REP_INFO, exportInfo(size, flags));
    for (byte[] info : infos) {
      optionReply(Negotiation.OPT_GO, Negotiation.REP_INFO, info);
    }
    optionReply(Negotiation.OPT_GO, Negotiation.REP_ACK, new byte[0]);
  }

  Request request() throws IOException {
    ByteBuffer in = receive(28);
    if (in.getInt() != RequestHeader.MAGIC) {
      throw new AssertionError("request magic");
    }
    int flags = in.getShort() & 0xffff;
    int type = in.getShort() & 0xffff;
    long cookie = in.getLong();
    long offset = in.getLong();
    long length = Integer.toUnsignedLong(in.getInt());
    byte[] payload = type == Command.WRITE ? receive((int) length).array() : new byte[0];
    return new Request(flags, type, cookie, offset, length, payload);
  }

  void simple(int error, long cookie, byte... payload) throws IOException {
    ByteBuffer reply = buffer(16 + payload.length).putInt(SimpleReply.MAGIC).putInt(error);
    send(reply.putLong(cookie).put(payload));
  }

  void chunk(int flags, int type, long cookie, byte[] payload) throws IOException {
    chunk(flags, type, cookie, payload.length, payload);
  }

  void chunk(int flags, int type, long cookie, int length, byte[] payload) throws IOException {
    ByteBuffer reply = buffer(20 + payload.length).putInt(ReplyChunk.MAGIC);
    reply.putShort((short) flags).putShort((short) type).putLong(cookie).putInt(length);
    send(reply.put(payload));
  }

  static byte[] data(long offset, byte[] bytes) {
    return buffer(8 + bytes.length).putLong(offset).put(bytes).array();
  }

  static byte[] data(long offset, int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return data(offset, bytes);
  }

  static byte[] hole(long offset, int length) {
    return buffer(12).putLong(offset).putInt(length).array();
  }

  static byte[] error(int error, String message) {
    byte[] text = message.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return buffer(6 + text.length).putInt(error).putShort((short) text.length).put(text).array();
  }

  static byte[] errorAt(int error, long offset) {
    return buffer(14).putInt(error).putShort((short) 0).putLong(offset).array();
  }
}
