package org.culebra.storage.node;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.culebra.storage.nbd.Negotiation;

/**
 * The server's side of the handshake phase: bytes in, bytes out (NBD: Newstyle negotiation, Option
 * types). Confined to its connection.
 */
final class ServerHandshake {
  /** Option data that is read; more is skipped and refused. */
  static final int OPTION_BYTES_MAX = 16 << 10;

  private static final int SKIPPED_BYTES_MAX = 1 << 20;

  private final List<ServedExport> exports;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private boolean flagsSeen;
  private boolean noZeroes;
  private boolean structured;
  private int skipBytes;
  private ServedExport chosen;
  private boolean aborted;
  private String violation;

  ServerHandshake(List<ServedExport> exports) {
    this.exports = exports;
    ByteBuffer greeting = ByteBuffer.allocate(Negotiation.GREETING_BYTES);
    greeting.putLong(Negotiation.INIT_PASSWD).putLong(Negotiation.OPTION_MAGIC);
    greeting.putShort((short) (Negotiation.FIXED_NEWSTYLE | Negotiation.NO_ZEROES));
    out.writeBytes(greeting.array());
  }

  /** Returns what is to be sent, and forgets it. */
  byte[] takeOutput() {
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  /** Returns the export of the transmission phase, which begins after the output; or null. */
  ServedExport chosen() {
    return chosen;
  }

  /** Returns whether structured replies were agreed. */
  boolean isStructured() {
    return structured;
  }

  /** Returns whether the client ended the session. */
  boolean isAborted() {
    return aborted;
  }

  /** Returns the rule that the client broke, or null. */
  String violation() {
    return violation;
  }

  /**
   * Takes one message, or a part of one that is skipped.
   *
   * @param in what was received; its position moves past what was taken
   * @return false when more has to come first
   */
  boolean accept(ByteBuffer in) {
    if (skipBytes > 0) {
      int take = Math.min(skipBytes, in.remaining());
      in.position(in.position() + take);
      skipBytes -= take;
      return take > 0;
    }
    return flagsSeen ? option(in) : clientFlags(in);
  }

  private boolean clientFlags(ByteBuffer in) {
    if (in.remaining() < Negotiation.CLIENT_FLAGS_BYTES) {
      return false;
    }
    int flags = in.getInt();
    if ((flags & ~(Negotiation.FIXED_NEWSTYLE | Negotiation.NO_ZEROES)) != 0) {
      return violated("client flags 0x" + Integer.toHexString(flags) + ": must be 0 to 3");
    }
    noZeroes = (flags & Negotiation.NO_ZEROES) != 0;
    flagsSeen = true;
    return true;
  }

  private boolean option(ByteBuffer in) {
    if (in.remaining() < Negotiation.OPTION_HEADER_BYTES) {
      return false;
    }
    in.mark();
    long magic = in.getLong();
    int option = in.getInt();
    long lengthBytes = Integer.toUnsignedLong(in.getInt());
    if (magic != Negotiation.OPTION_MAGIC) {
      return violated("option magic 0x" + Long.toHexString(magic) + ": must be IHAVEOPT");
    }
    if (lengthBytes > OPTION_BYTES_MAX) {
      return tooLong(option, lengthBytes);
    }
    if (in.remaining() < lengthBytes) {
      in.reset();
      return false;
    }
    byte[] content = new byte[(int) lengthBytes];
    in.get(content);
    switch (option) {
      case Negotiation.OPT_EXPORT_NAME -> exportName(content);
      case Negotiation.OPT_ABORT -> abort();
      case Negotiation.OPT_LIST -> list(content);
      case Negotiation.OPT_INFO, Negotiation.OPT_GO -> infoOrGo(option, content);
      case Negotiation.OPT_STRUCTURED_REPLY -> structuredReply(content);
      default -> reply(option, Negotiation.REP_ERR_UNSUP);
    }
    return violation == null;
  }

  private boolean tooLong(int option, long lengthBytes) {
    if (lengthBytes > SKIPPED_BYTES_MAX || option == Negotiation.OPT_EXPORT_NAME) {
      return violated("option " + option + " of " + lengthBytes + " bytes: too long");
    }
    skipBytes = (int) lengthBytes;
    reply(option, Negotiation.REP_ERR_TOO_BIG);
    return true;
  }

  private void exportName(byte[] content) {
    ServedExport export = find(content);
    if (export == null) {
      violated("export \"" + shown(content) + "\": not an export");
      return;
    }
    int zeroes = noZeroes ? 0 : Negotiation.EXPORT_NAME_ZEROES_BYTES;
    ByteBuffer answer = ByteBuffer.allocate(Negotiation.EXPORT_NAME_REPLY_BYTES + zeroes);
    answer.putLong(export.sizeBytes()).putShort((short) export.flags(structured));
    out.writeBytes(answer.array());
    chosen = export;
  }

  private void abort() {
    reply(Negotiation.OPT_ABORT, Negotiation.REP_ACK);
    aborted = true;
  }

  private void list(byte[] content) {
    if (content.length > 0) {
      reply(Negotiation.OPT_LIST, Negotiation.REP_ERR_INVALID);
      return;
    }
    for (ServedExport export : exports) {
      byte[] name = export.name().getBytes(StandardCharsets.UTF_8);
      ByteBuffer answer = ByteBuffer.allocate(Integer.BYTES + name.length);
      answer.putInt(name.length).put(name);
      reply(Negotiation.OPT_LIST, Negotiation.REP_SERVER, answer.array());
    }
    reply(Negotiation.OPT_LIST, Negotiation.REP_ACK);
  }

  private void structuredReply(byte[] content) {
    if (content.length > 0) {
      reply(Negotiation.OPT_STRUCTURED_REPLY, Negotiation.REP_ERR_INVALID);
      return;
    }
    structured = true;
    reply(Negotiation.OPT_STRUCTURED_REPLY, Negotiation.REP_ACK);
  }

  private void infoOrGo(int option, byte[] content) {
    ByteBuffer in = ByteBuffer.wrap(content);
    int fixedBytes = Integer.BYTES + Short.BYTES;
    int nameBytes = in.remaining() < fixedBytes ? -1 : in.getInt();
    if (nameBytes < 0 || nameBytes > content.length - fixedBytes) {
      reply(option, Negotiation.REP_ERR_INVALID);
      return;
    }
    byte[] name = new byte[nameBytes];
    in.get(name);
    int requests = in.getShort() & 0xffff;
    if (in.remaining() != requests * Short.BYTES) {
      reply(option, Negotiation.REP_ERR_INVALID);
      return;
    }
    ServedExport export = find(name);
    if (export == null) {
      reply(option, Negotiation.REP_ERR_UNKNOWN);
      return;
    }
    ByteBuffer info = ByteBuffer.allocate(Negotiation.INFO_EXPORT_BYTES);
    info.putShort((short) Negotiation.INFO_EXPORT).putLong(export.sizeBytes());
    info.putShort((short) export.flags(structured));
    reply(option, Negotiation.REP_INFO, info.array());
    boolean sizesSent = false;
    while (in.hasRemaining()) {
      boolean isSizes = in.getShort() == Negotiation.INFO_BLOCK_SIZE;
      if (isSizes && !sizesSent) {
        reply(option, Negotiation.REP_INFO, blockSizes(export));
        sizesSent = true;
      }
    }
    reply(option, Negotiation.REP_ACK);
    chosen = option == Negotiation.OPT_GO ? export : null;
  }

  private static byte[] blockSizes(ServedExport export) {
    ByteBuffer info = ByteBuffer.allocate(Negotiation.INFO_BLOCK_SIZE_BYTES);
    info.putShort((short) Negotiation.INFO_BLOCK_SIZE);
    info.putInt(export.minimumBlockBytes()).putInt(export.preferredBlockBytes());
    info.putInt((int) NodeRequest.PAYLOAD_BYTES_MAX);
    return info.array();
  }

  /** Returns the export of a name; the empty name means the first one (NBD: default export). */
  private ServedExport find(byte[] name) {
    String wanted = new String(name, StandardCharsets.UTF_8);
    for (ServedExport export : exports) {
      if (export.name().equals(wanted)) {
        return export;
      }
    }
    return wanted.isEmpty() && !exports.isEmpty() ? exports.get(0) : null;
  }

  private static String shown(byte[] name) {
    int chars = Math.min(name.length, 100);
    return new String(name, 0, chars, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
  }

  private void reply(int option, int type) {
    reply(option, type, new byte[0]);
  }

  private void reply(int option, int type, byte[] content) {
    ByteBuffer header = ByteBuffer.allocate(Negotiation.OPTION_REPLY_HEADER_BYTES);
    header.putLong(Negotiation.OPTION_REPLY_MAGIC).putInt(option).putInt(type);
    header.putInt(content.length);
    out.writeBytes(header.array());
    out.writeBytes(content);
  }

  private boolean violated(String rule) {
    violation = rule;
    return false;
  }
}
