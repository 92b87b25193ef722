package org.culebra.vhostuser;

import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.SplitRing;

/** The rules of messages that set up a vring; each returns null or the rule that is broken. */
final class VringRules {
  private VringRules() {}

  /** SET_VRING_KICK, CALL and ERR. */
  static String fd(Message message, int fdCount) {
    String value = "0x" + Long.toHexString(message.u64());
    if (message.vringHasNoFd()) {
      return fdCount == 0 ? null : value + " with bit 8 set says that no fd comes with it";
    }
    return fdCount == 1 ? null : value + " with bit 8 clear says that an fd comes with it";
  }

  /** SET_VRING_NUM. */
  static String size(int num, long features) {
    if (num <= 0 || num > SplitRing.QUEUE_SIZE_MAX) {
      return "num " + Integer.toUnsignedString(num) + ": must be 1 to " + SplitRing.QUEUE_SIZE_MAX;
    }
    return Integer.bitCount(num) == 1 || FeatureBits.has(features, FeatureBits.RING_PACKED)
        ? null
        : "num " + num + ": a split vring's size must be a power of two";
  }

  /**
   * SET_VRING_ADDR. The indices of the rings must lie at even addresses, or they can't be read
   * untorn. The alignment of 16, 2 and 4 that virtio demands isn't insisted on: libblkio lays one
   * vring behind the other with no alignment of its own.
   */
  static String address(VringAddress vring) {
    if ((vring.flags() & ~VringAddress.LOG_USED_RING) != 0) {
      return "flags 0x" + Integer.toHexString(vring.flags()) + ": only bit 0 is defined";
    }
    if (((vring.descriptorTable() | vring.availableRing() | vring.usedRing()) & 1) != 0) {
      return String.format(
          "descriptor 0x%x, used 0x%x, available 0x%x: must be even",
          vring.descriptorTable(), vring.usedRing(), vring.availableRing());
    }
    return null;
  }

  /** SET_VRING_BASE. */
  static String base(int num, long features) {
    return (num & 0xffff) == num || FeatureBits.has(features, FeatureBits.RING_PACKED)
        ? null
        : "num 0x" + Integer.toHexString(num) + ": a split vring's index has 16 bits";
  }

  /**
   * SET_VRING_ENABLE. Old front-ends negotiate protocol features without ever acknowledging feature
   * bit 30.
   */
  static String enable(int num, long features, long protocolFeatures) {
    return FeatureBits.has(features, FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES)
            || protocolFeatures != 0
        ? onOrOff(num)
        : "VHOST_USER_F_PROTOCOL_FEATURES wasn't negotiated";
  }

  /** A number that says no or yes. */
  static String onOrOff(int num) {
    return num == 0 || num == 1
        ? null
        : "num " + Integer.toUnsignedString(num) + ": must be 0 or 1";
  }
}
