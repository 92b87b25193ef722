package org.culebra.virtio;

import java.util.function.IntFunction;

/**
 * The numbers of the device-independent feature bits (virtio 1.3 ch. 6), and those that vhost and
 * vhost-user put among them.
 */
public final class FeatureBits {
  /** Legacy: a used buffer notification when the device runs out of available buffers. */
  public static final int NOTIFY_ON_EMPTY = 24;

  /** vhost: the back-end logs the pages it writes. */
  public static final int VHOST_F_LOG_ALL = 26;

  /** Legacy: the device accepts any layout of descriptors. */
  public static final int ANY_LAYOUT = 27;

  /** VIRTIO_F_INDIRECT_DESC: a descriptor may refer to a table of descriptors. */
  public static final int INDIRECT_DESC = 28;

  /** VIRTIO_F_EVENT_IDX: used_event and avail_event steer notifications. */
  public static final int EVENT_IDX = 29;

  /** vhost-user: both sides negotiate protocol features. */
  public static final int VHOST_USER_F_PROTOCOL_FEATURES = 30;

  /** VIRTIO_F_VERSION_1: this is no legacy device or driver. */
  public static final int VERSION_1 = 32;

  /** VIRTIO_F_ACCESS_PLATFORM: addresses go through the platform's translation. */
  public static final int ACCESS_PLATFORM = 33;

  /** VIRTIO_F_RING_PACKED: packed virtqueues. */
  public static final int RING_PACKED = 34;

  /** VIRTIO_F_IN_ORDER: buffers are used in the order they were made available. */
  public static final int IN_ORDER = 35;

  /** VIRTIO_F_ORDER_PLATFORM: memory is ordered as the platform's devices need it. */
  public static final int ORDER_PLATFORM = 36;

  /** VIRTIO_F_SR_IOV: single root I/O virtualization. */
  public static final int SR_IOV = 37;

  /** VIRTIO_F_NOTIFICATION_DATA: notifications carry extra data. */
  public static final int NOTIFICATION_DATA = 38;

  /** VIRTIO_F_NOTIF_CONFIG_DATA: notifications carry an identifier that the device gave. */
  public static final int NOTIF_CONFIG_DATA = 39;

  /** VIRTIO_F_RING_RESET: a queue can be reset alone. */
  public static final int RING_RESET = 40;

  /** VIRTIO_F_ADMIN_VQ: administration virtqueues. */
  public static final int ADMIN_VQ = 41;

  private FeatureBits() {}

  /** Returns the set of one feature. */
  public static long mask(int bit) {
    return 1L << bit;
  }

  /** Returns whether a set of features holds one. */
  public static boolean has(long features, int bit) {
    return (features & mask(bit)) != 0;
  }

  /** Returns a set's names, lowest bit first, as in {@code INDIRECT_DESC|VERSION_1|bit 9}. */
  public static String names(long features) {
    return names(features, FeatureBits::name);
  }

  /** Returns a set's names as a function of the bit number gives them. */
  public static String names(long features, IntFunction<String> name) {
    StringBuilder text = new StringBuilder();
    for (long left = features; left != 0; left &= left - 1) {
      text.append(text.isEmpty() ? "" : "|").append(name.apply(Long.numberOfTrailingZeros(left)));
    }
    return text.isEmpty() ? "none" : text.toString();
  }

  /** Returns a feature's name, or {@code bit N} where it has none here. */
  public static String name(int bit) {
    return switch (bit) {
      case NOTIFY_ON_EMPTY -> "NOTIFY_ON_EMPTY";
      case VHOST_F_LOG_ALL -> "LOG_ALL";
      case ANY_LAYOUT -> "ANY_LAYOUT";
      case INDIRECT_DESC -> "INDIRECT_DESC";
      case EVENT_IDX -> "EVENT_IDX";
      case VHOST_USER_F_PROTOCOL_FEATURES -> "PROTOCOL_FEATURES";
      case VERSION_1 -> "VERSION_1";
      case ACCESS_PLATFORM -> "ACCESS_PLATFORM";
      case RING_PACKED -> "RING_PACKED";
      case IN_ORDER -> "IN_ORDER";
      case ORDER_PLATFORM -> "ORDER_PLATFORM";
      case SR_IOV -> "SR_IOV";
      case NOTIFICATION_DATA -> "NOTIFICATION_DATA";
      case NOTIF_CONFIG_DATA -> "NOTIF_CONFIG_DATA";
      case RING_RESET -> "RING_RESET";
      case ADMIN_VQ -> "ADMIN_VQ";
      default -> "bit " + bit;
    };
  }
}
