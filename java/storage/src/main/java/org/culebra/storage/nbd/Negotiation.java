package org.culebra.storage.nbd;

/** The numbers of the handshake phase (NBD: Handshake, Option types, Option reply types). */
public final class Negotiation {
  /** "NBDMAGIC": the first 8 bytes of every server. */
  public static final long INIT_PASSWD = 0x4e42444d41474943L;

  /** "IHAVEOPT": the second 8 bytes of a newstyle server, and the beginning of an option. */
  public static final long OPTION_MAGIC = 0x49484156454f5054L;

  /** The second 8 bytes of an oldstyle server. */
  public static final long OLDSTYLE_MAGIC = 0x00420281861253L;

  /** The beginning of an option reply. */
  public static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;

  /** NBD_FLAG_FIXED_NEWSTYLE, and the client's flag of that name. */
  public static final int FIXED_NEWSTYLE = 1;

  /** NBD_FLAG_NO_ZEROES, and the client's flag of that name. */
  public static final int NO_ZEROES = 1 << 1;

  /** Bytes of the greeting: two magics and the handshake flags. */
  public static final int GREETING_BYTES = 18;

  /** Bytes of the client flags. */
  public static final int CLIENT_FLAGS_BYTES = 4;

  /** Bytes of an option before its data: magic, option, length. */
  public static final int OPTION_HEADER_BYTES = 16;

  /** Bytes of an option reply before its data: magic, option, type, length. */
  public static final int OPTION_REPLY_HEADER_BYTES = 20;

  /** Bytes of the answer to NBD_OPT_EXPORT_NAME without the zeroes: size, transmission flags. */
  public static final int EXPORT_NAME_REPLY_BYTES = 10;

  /** Zeroes after that, unless {@link #NO_ZEROES} was agreed. */
  public static final int EXPORT_NAME_ZEROES_BYTES = 124;

  /** The longest string of the protocol (NBD: Conventions). */
  public static final int STRING_BYTES_MAX = 4096;

  /** NBD_OPT_EXPORT_NAME. */
  public static final int OPT_EXPORT_NAME = 1;

  /** NBD_OPT_ABORT. */
  public static final int OPT_ABORT = 2;

  /** NBD_OPT_LIST. */
  public static final int OPT_LIST = 3;

  /** NBD_OPT_STARTTLS. */
  public static final int OPT_STARTTLS = 5;

  /** NBD_OPT_INFO. */
  public static final int OPT_INFO = 6;

  /** NBD_OPT_GO. */
  public static final int OPT_GO = 7;

  /** NBD_OPT_STRUCTURED_REPLY. */
  public static final int OPT_STRUCTURED_REPLY = 8;

  /** NBD_REP_ACK. */
  public static final int REP_ACK = 1;

  /** NBD_REP_SERVER. */
  public static final int REP_SERVER = 2;

  /** NBD_REP_INFO. */
  public static final int REP_INFO = 3;

  /** The bit that all error replies have. */
  public static final int REP_ERROR_BIT = 1 << 31;

  /** NBD_REP_ERR_UNSUP. */
  public static final int REP_ERR_UNSUP = REP_ERROR_BIT | 1;

  /** NBD_REP_ERR_POLICY. */
  public static final int REP_ERR_POLICY = REP_ERROR_BIT | 2;

  /** NBD_REP_ERR_INVALID. */
  public static final int REP_ERR_INVALID = REP_ERROR_BIT | 3;

  /** NBD_REP_ERR_PLATFORM. */
  public static final int REP_ERR_PLATFORM = REP_ERROR_BIT | 4;

  /** NBD_REP_ERR_TLS_REQD. */
  public static final int REP_ERR_TLS_REQD = REP_ERROR_BIT | 5;

  /** NBD_REP_ERR_UNKNOWN. */
  public static final int REP_ERR_UNKNOWN = REP_ERROR_BIT | 6;

  /** NBD_REP_ERR_SHUTDOWN. */
  public static final int REP_ERR_SHUTDOWN = REP_ERROR_BIT | 7;

  /** NBD_REP_ERR_BLOCK_SIZE_REQD. */
  public static final int REP_ERR_BLOCK_SIZE_REQD = REP_ERROR_BIT | 8;

  /** NBD_REP_ERR_TOO_BIG. */
  public static final int REP_ERR_TOO_BIG = REP_ERROR_BIT | 9;

  /** NBD_INFO_EXPORT. */
  public static final int INFO_EXPORT = 0;

  /** NBD_INFO_NAME. */
  public static final int INFO_NAME = 1;

  /** NBD_INFO_DESCRIPTION. */
  public static final int INFO_DESCRIPTION = 2;

  /** NBD_INFO_BLOCK_SIZE. */
  public static final int INFO_BLOCK_SIZE = 3;

  /** Bytes of an NBD_INFO_EXPORT reply's data. */
  public static final int INFO_EXPORT_BYTES = 12;

  /** Bytes of an NBD_INFO_BLOCK_SIZE reply's data. */
  public static final int INFO_BLOCK_SIZE_BYTES = 14;

  private Negotiation() {}

  /** Returns what an error reply's type means, for people. */
  public static String replyName(int type) {
    return switch (type) {
      case REP_ACK -> "ACK";
      case REP_SERVER -> "SERVER";
      case REP_INFO -> "INFO";
      case REP_ERR_UNSUP -> "ERR_UNSUP";
      case REP_ERR_POLICY -> "ERR_POLICY";
      case REP_ERR_INVALID -> "ERR_INVALID";
      case REP_ERR_PLATFORM -> "ERR_PLATFORM";
      case REP_ERR_TLS_REQD -> "ERR_TLS_REQD";
      case REP_ERR_UNKNOWN -> "ERR_UNKNOWN";
      case REP_ERR_SHUTDOWN -> "ERR_SHUTDOWN";
      case REP_ERR_BLOCK_SIZE_REQD -> "ERR_BLOCK_SIZE_REQD";
      case REP_ERR_TOO_BIG -> "ERR_TOO_BIG";
      default -> "0x" + Integer.toHexString(type);
    };
  }
}
