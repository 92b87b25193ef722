package org.culebra.storage.nbd;

/** Request types and command flags (NBD: Request types, Command flags). */
public final class Command {
  /** NBD_CMD_READ. */
  public static final int READ = 0;

  /** NBD_CMD_WRITE. */
  public static final int WRITE = 1;

  /** NBD_CMD_DISC. */
  public static final int DISC = 2;

  /** NBD_CMD_FLUSH. */
  public static final int FLUSH = 3;

  /** NBD_CMD_TRIM. */
  public static final int TRIM = 4;

  /** NBD_CMD_CACHE. */
  public static final int CACHE = 5;

  /** NBD_CMD_WRITE_ZEROES. */
  public static final int WRITE_ZEROES = 6;

  /** NBD_CMD_BLOCK_STATUS. */
  public static final int BLOCK_STATUS = 7;

  /** NBD_CMD_FLAG_FUA. */
  public static final int FUA = 1;

  /** NBD_CMD_FLAG_NO_HOLE. */
  public static final int NO_HOLE = 1 << 1;

  /** NBD_CMD_FLAG_DF. */
  public static final int DF = 1 << 2;

  /** NBD_CMD_FLAG_FAST_ZERO. */
  public static final int FAST_ZERO = 1 << 4;

  private Command() {}

  /** Returns a command's name, for people. */
  public static String name(int type) {
    return switch (type) {
      case READ -> "READ";
      case WRITE -> "WRITE";
      case DISC -> "DISC";
      case FLUSH -> "FLUSH";
      case TRIM -> "TRIM";
      case CACHE -> "CACHE";
      case WRITE_ZEROES -> "WRITE_ZEROES";
      case BLOCK_STATUS -> "BLOCK_STATUS";
      default -> Integer.toString(type);
    };
  }
}
