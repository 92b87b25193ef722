package org.culebra.backend;

import org.culebra.virtio.blk.BlkRequestType;

/** The operations whose latency is kept apart, as small indices. */
final class ServedOperation {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int FLUSH = 2;
  static final int DISCARD = 3;
  static final int WRITE_ZEROES = 4;
  static final int GET_ID = 5;

  static final int COUNT = 6;

  private static final String[] NAMES = {
    "read", "write", "flush", "discard", "write-zeroes", "get-id"
  };

  private ServedOperation() {}

  static String name(int operation) {
    return NAMES[operation];
  }

  static int ofType(int type) {
    return switch (type) {
      case BlkRequestType.IN -> READ;
      case BlkRequestType.OUT -> WRITE;
      case BlkRequestType.FLUSH -> FLUSH;
      case BlkRequestType.DISCARD -> DISCARD;
      case BlkRequestType.WRITE_ZEROES -> WRITE_ZEROES;
      case BlkRequestType.GET_ID -> GET_ID;
      default -> throw new AssertionError("type " + type);
    };
  }
}
