package org.culebra.storage.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.culebra.storage.nbd.ExportInfo.BlockSizes;

/**
 * The client's side of the handshake phase: fixed newstyle with structured replies and NBD_OPT_GO,
 * with less where a server has less (NBD: Newstyle negotiation, Option types).
 *
 * <p>Knows no socket and no clock: the {@link ByteStream} bounds the time. Confined to its caller.
 */
final class ClientHandshake {
  /** More than the kinds of information there are; a server that goes on for ever is refused. */
  private static final int REPLIES_MAX = 64;

  private final ByteStream stream;
  private final byte[] exportName;
  private final String shownName;
  private boolean noZeroes;

  private ClientHandshake(ByteStream stream, String export) {
    this.stream = stream;
    this.exportName = export.getBytes(StandardCharsets.UTF_8);
    this.shownName = "export \"" + export + "\"";
  }

  /**
   * Goes from the greeting to the transmission phase.
   *
   * @throws IOException with one line that says what the server did, or refused
   */
  static ExportInfo negotiate(ByteStream stream, String export) throws IOException {
    return new ClientHandshake(stream, export).negotiate();
  }

  private ExportInfo negotiate() throws IOException {
    int offered = greeting();
    if ((offered & Negotiation.FIXED_NEWSTYLE) == 0) {
      noZeroes = (offered & Negotiation.NO_ZEROES) != 0;
      sendClientFlags(noZeroes ? Negotiation.NO_ZEROES : 0);
      return exportName(false);
    }
    noZeroes = (offered & Negotiation.NO_ZEROES) != 0;
    sendClientFlags(Negotiation.FIXED_NEWSTYLE | (noZeroes ? Negotiation.NO_ZEROES : 0));
    boolean structured = structuredReply();
    ExportInfo info = go(structured);
    return info != null ? info : exportName(structured);
  }

  private int greeting() throws IOException {
    ByteBuffer magics = ByteBuffer.wrap(stream.receive(2 * Long.BYTES));
    long password = magics.getLong();
    if (password != Negotiation.INIT_PASSWD) {
      throw new IOException("greeting 0x" + Long.toHexString(password) + ": no NBD server's");
    }
    long magic = magics.getLong();
    if (magic == Negotiation.OLDSTYLE_MAGIC) {
      throw new IOException("oldstyle negotiation: the server must offer newstyle");
    }
    if (magic != Negotiation.OPTION_MAGIC) {
      throw new IOException("greeting magic 0x" + Long.toHexString(magic) + ": must be IHAVEOPT");
    }
    return ByteBuffer.wrap(stream.receive(Short.BYTES)).getShort();
  }

  private void sendClientFlags(int flags) throws IOException {
    stream.send(ByteBuffer.allocate(Negotiation.CLIENT_FLAGS_BYTES).putInt(flags).array());
  }

  private void sendOption(int option, byte[] content) throws IOException {
    stream.send(
        ByteBuffer.allocate(Negotiation.OPTION_HEADER_BYTES + content.length)
            .putLong(Negotiation.OPTION_MAGIC)
            .putInt(option)
            .putInt(content.length)
            .put(content)
            .array());
  }

  private boolean structuredReply() throws IOException {
    sendOption(Negotiation.OPT_STRUCTURED_REPLY, new byte[0]);
    OptionReply reply = OptionReply.receive(stream, Negotiation.OPT_STRUCTURED_REPLY);
    if (reply.type() == Negotiation.REP_ACK) {
      return true;
    }
    refuseForAll(reply);
    if (!reply.isError()) {
      throw new IOException("reply " + reply.type() + " to NBD_OPT_STRUCTURED_REPLY: must be ACK");
    }
    return false;
  }

  /** Returns what the export is, or null when the server doesn't know the option. */
  private ExportInfo go(boolean structured) throws IOException {
    ByteBuffer request = ByteBuffer.allocate(Integer.BYTES + exportName.length + 2 * Short.BYTES);
    request.putInt(exportName.length).put(exportName);
    request.putShort((short) 1).putShort((short) Negotiation.INFO_BLOCK_SIZE);
    sendOption(Negotiation.OPT_GO, request.array());
    BlockSizes sizes = BlockSizes.DEFAULT;
    ByteBuffer export = null;
    for (int i = 0; i < REPLIES_MAX; i++) {
      OptionReply reply = OptionReply.receive(stream, Negotiation.OPT_GO);
      if (reply.type() == Negotiation.REP_ACK) {
        if (export == null) {
          throw new IOException(shownName + ": accepted without NBD_INFO_EXPORT");
        }
        return ExportInfo.of(export.getLong(), export.getShort() & 0xffff, sizes, structured);
      }
      if (reply.type() == Negotiation.REP_ERR_UNSUP) {
        return null;
      }
      if (reply.isError()) {
        refuse(reply);
      }
      ByteBuffer content = reply.buffer();
      int kind = content.remaining() < Short.BYTES ? -1 : content.getShort() & 0xffff;
      if (reply.type() != Negotiation.REP_INFO || kind < 0) {
        throw new IOException("reply " + reply.type() + " to NBD_OPT_GO: must be INFO or ACK");
      }
      if (kind == Negotiation.INFO_EXPORT) {
        export = sized(content, Negotiation.INFO_EXPORT_BYTES, "NBD_INFO_EXPORT");
      } else if (kind == Negotiation.INFO_BLOCK_SIZE) {
        sizes =
            blockSizes(sized(content, Negotiation.INFO_BLOCK_SIZE_BYTES, "NBD_INFO_BLOCK_SIZE"));
      }
    }
    throw new IOException("more than " + REPLIES_MAX + " replies to NBD_OPT_GO");
  }

  private static ByteBuffer sized(ByteBuffer content, int bytes, String kind) throws IOException {
    if (content.limit() != bytes) {
      throw new IOException(kind + " of " + content.limit() + " bytes: must be " + bytes);
    }
    return content;
  }

  private static BlockSizes blockSizes(ByteBuffer content) throws IOException {
    return BlockSizes.advertised(
        Integer.toUnsignedLong(content.getInt()),
        Integer.toUnsignedLong(content.getInt()),
        Integer.toUnsignedLong(content.getInt()));
  }

  private ExportInfo exportName(boolean structured) throws IOException {
    sendOption(Negotiation.OPT_EXPORT_NAME, exportName);
    ByteBuffer reply;
    try {
      reply = ByteBuffer.wrap(stream.receive(Negotiation.EXPORT_NAME_REPLY_BYTES));
    } catch (PeerClosedException e) {
      throw new IOException(shownName + ": the server closed the connection, as for no export", e);
    }
    long sizeBytes = reply.getLong();
    int flags = reply.getShort() & 0xffff;
    if (!noZeroes) {
      stream.receive(Negotiation.EXPORT_NAME_ZEROES_BYTES);
    }
    return ExportInfo.of(sizeBytes, flags, BlockSizes.DEFAULT, structured);
  }

  private void refuse(OptionReply reply) throws IOException {
    refuseForAll(reply);
    abort();
    String what =
        reply.type() == Negotiation.REP_ERR_UNKNOWN ? ": not an export of this server: " : ": ";
    throw new IOException(shownName + what + reply.errorText());
  }

  private void refuseForAll(OptionReply reply) throws IOException {
    if (reply.type() == Negotiation.REP_ERR_TLS_REQD) {
      abort();
      throw new IOException(shownName + ": the server demands TLS, which isn't supported yet");
    }
    if (reply.type() == Negotiation.REP_ERR_SHUTDOWN) {
      abort();
      throw new IOException(shownName + ": " + reply.errorText());
    }
  }

  /** Ends the session softly; the server's answer isn't waited for (NBD: NBD_OPT_ABORT). */
  private void abort() {
    try {
      sendOption(Negotiation.OPT_ABORT, new byte[0]);
    } catch (IOException e) {
      // The connection is closed next, and the refusal is what the caller has to hear.
      assert e.getMessage() != null;
    }
  }
}
