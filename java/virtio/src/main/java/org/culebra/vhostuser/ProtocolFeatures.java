package org.culebra.vhostuser;

/**
 * The protocol features, by bit number (vhost-user: Protocol features).
 *
 * <p>A set of features is a {@code long} with one bit each; {@link #has} asks for one.
 */
public final class ProtocolFeatures {
  /** Several queues; GET_QUEUE_NUM. */
  public static final int MQ = 0;

  /** The dirty log is passed as a file descriptor. */
  public static final int LOG_SHMFD = 1;

  /** Network only. */
  public static final int RARP = 2;

  /** NEED_REPLY is honoured. */
  public static final int REPLY_ACK = 3;

  /** Network only. */
  public static final int MTU = 4;

  /** A second socket for requests of the back-end. */
  public static final int BACKEND_REQ = 5;

  /** Legacy devices of the other byte order. */
  public static final int CROSS_ENDIAN = 6;

  /** Crypto devices only. */
  public static final int CRYPTO_SESSION = 7;

  /** Postcopy migration by userfaultfd. */
  public static final int PAGEFAULT = 8;

  /** GET_CONFIG, SET_CONFIG and CONFIG_CHANGE_MSG. */
  public static final int CONFIG = 9;

  /** The back-end may send file descriptors on its channel. */
  public static final int BACKEND_SEND_FD = 10;

  /** Doorbells mapped into the guest. */
  public static final int HOST_NOTIFIER = 11;

  /** Shared memory that tracks the requests in flight. */
  public static final int INFLIGHT_SHMFD = 12;

  /** RESET_DEVICE. */
  public static final int RESET_DEVICE = 13;

  /** Kick, call and error as messages. */
  public static final int INBAND_NOTIFICATIONS = 14;

  /** Memory regions one by one: ADD_MEM_REG, REM_MEM_REG, GET_MAX_MEM_SLOTS. */
  public static final int CONFIGURE_MEM_SLOTS = 15;

  /** SET_STATUS and GET_STATUS. */
  public static final int STATUS = 16;

  /** Xen's two further fields in a memory region. */
  public static final int XEN_MMAP = 17;

  /** Buffers shared between devices. */
  public static final int SHARED_OBJECT = 18;

  /** The back-end's state migrates over a file descriptor. */
  public static final int DEVICE_STATE = 19;

  /** Requests in flight may migrate in the inflight region. */
  public static final int GET_VRING_BASE_INFLIGHT = 20;

  /** User addresses are guest addresses. */
  public static final int GPA_ADDRESSES = 21;

  /** VIRTIO shared memory regions. */
  public static final int SHMEM = 22;

  /** GET_VRING_BASE_SKIP_DRAIN. */
  public static final int GET_VRING_BASE_SKIP_DRAIN = 23;

  /** How many bits are defined; those from here up mean nothing. */
  public static final int COUNT = 24;

  /** In requires-a-feature columns: needs none. */
  public static final int NONE = -1;

  private static final String[] NAMES = {
    "MQ",
    "LOG_SHMFD",
    "RARP",
    "REPLY_ACK",
    "MTU",
    "BACKEND_REQ",
    "CROSS_ENDIAN",
    "CRYPTO_SESSION",
    "PAGEFAULT",
    "CONFIG",
    "BACKEND_SEND_FD",
    "HOST_NOTIFIER",
    "INFLIGHT_SHMFD",
    "RESET_DEVICE",
    "INBAND_NOTIFICATIONS",
    "CONFIGURE_MEM_SLOTS",
    "STATUS",
    "XEN_MMAP",
    "SHARED_OBJECT",
    "DEVICE_STATE",
    "GET_VRING_BASE_INFLIGHT",
    "GPA_ADDRESSES",
    "SHMEM",
    "GET_VRING_BASE_SKIP_DRAIN"
  };

  static {
    assert NAMES.length == COUNT;
  }

  private ProtocolFeatures() {}

  /** Says whether a set holds a feature. */
  public static boolean has(long features, int bit) {
    return (features >>> bit & 1) != 0;
  }

  /** Returns the set of the features given by their bit numbers. */
  public static long of(int... bits) {
    long features = 0;
    for (int bit : bits) {
      features |= 1L << bit;
    }
    return features;
  }

  /** Returns the specification's name of a bit without its prefix, {@code bit N} if it has none. */
  public static String name(int bit) {
    return bit >= 0 && bit < COUNT ? NAMES[bit] : "bit " + bit;
  }

  /** Returns the names in a set, separated by commas, in the order of their bits. */
  public static String names(long features) {
    StringBuilder text = new StringBuilder();
    for (long left = features; left != 0; left &= left - 1) {
      text.append(text.isEmpty() ? "" : ",").append(name(Long.numberOfTrailingZeros(left)));
    }
    return text.toString();
  }
}
