package org.culebra.storage.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One reply of a server to an option (NBD: Fixed newstyle negotiation). */
record OptionReply(int type, byte[] content) {
  /** Longer replies than any that is defined: two strings and some numbers. */
  private static final int BYTES_MAX = 4 * Negotiation.STRING_BYTES_MAX;

  private static final int SHOWN_CHARS_MAX = 200;

  /**
   * Receives the next reply.
   *
   * @param option the option that was sent
   * @throws IOException when the reply isn't one to that option
   */
  static OptionReply receive(ByteStream stream, int option) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(stream.receive(Negotiation.OPTION_REPLY_HEADER_BYTES));
    long magic = header.getLong();
    int repliedOption = header.getInt();
    int type = header.getInt();
    int lengthBytes = header.getInt();
    if (magic != Negotiation.OPTION_REPLY_MAGIC) {
      throw new IOException(
          "option reply magic 0x" + Long.toHexString(magic) + ": must be 0x3e889045565a9");
    }
    if (repliedOption != option) {
      throw new IOException(
          "reply to option " + repliedOption + ": option " + option + " was sent");
    }
    if (lengthBytes < 0 || lengthBytes > BYTES_MAX) {
      throw new IOException(
          "option reply of "
              + Integer.toUnsignedString(lengthBytes)
              + " bytes: must be at most "
              + BYTES_MAX);
    }
    return new OptionReply(type, stream.receive(lengthBytes));
  }

  boolean isError() {
    return (type & Negotiation.REP_ERROR_BIT) != 0;
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(content);
  }

  /** Returns the error with the server's message, cleared of control characters. */
  String errorText() {
    String text = new String(content, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}+", " ").trim();
    String shown = text.length() > SHOWN_CHARS_MAX ? text.substring(0, SHOWN_CHARS_MAX) : text;
    return Negotiation.replyName(type) + (shown.isEmpty() ? "" : " (" + shown + ")");
  }
}
