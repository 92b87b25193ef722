package org.culebra.vhostuser;

import org.culebra.linux.Memory;

/** One well-formed request of each type, with values that no two fields share. */
final class Samples {
  static final RegionDescription LOW =
      new RegionDescription(0x1000_0000L, 0x20_0000L, 0x7f00_0000_0000L, 0x3000L);
  static final RegionDescription HIGH =
      new RegionDescription(0x1_0000_0000L, 0x2ffeL, 0x7f10_0000_0000L, 0L);
  static final VringAddress VRING =
      new VringAddress(2, 1, 0x7f00_0000_1000L, 0x7f00_0000_3000L, 0x7f00_0000_2000L, 0x1000_3000L);
  static final InflightDescription INFLIGHT = new InflightDescription(0x5000, 0x40, 4, 128);

  /** Every feature, so that no request lacks the one it needs, and IOMMU_PLATFORM too. */
  static final long FEATURES = 1L << 30 | 1L << 32 | 1L << 33;

  private Samples() {}

  static Message build(Message m, RequestType type) {
    m.request(type, false);
    return switch (type) {
      case SET_FEATURES -> m.putU64(0x1_7000_0e46L);
      case SET_PROTOCOL_FEATURES -> m.putU64(0x8209L);
      case SET_MEM_TABLE -> m.putRegions(LOW, HIGH);
      case SET_LOG_BASE -> m.putLog(new LogDescription(0x8000, 0x1000));
      case SET_VRING_NUM -> m.putVringState(1, 256);
      case SET_VRING_ADDR -> m.putVringAddress(VRING);
      case SET_VRING_BASE -> m.putVringState(3, 0xfffe);
      case GET_VRING_BASE, GET_VRING_BASE_SKIP_DRAIN, VRING_KICK -> m.putVringState(3, 0);
      case SET_VRING_KICK -> m.putVringFd(5, true);
      case SET_VRING_CALL -> m.putVringFd(6, false);
      case SET_VRING_ERR -> m.putVringFd(255, true);
      case SET_VRING_ENABLE, SET_VRING_ENDIAN -> m.putVringState(7, 1);
      case SEND_RARP, NET_SET_MTU, CLOSE_CRYPTO_SESSION, SET_STATUS -> m.putU64(0xf);
      case GET_CONFIG -> m.putConfig(new ConfigAccess(8, 4, 0));
      case SET_CONFIG -> setConfig(m);
      case GET_INFLIGHT_FD -> m.putInflight(new InflightDescription(0, 0, 4, 128), 20);
      case SET_INFLIGHT_FD -> m.putInflight(INFLIGHT, 24);
      case ADD_MEM_REG -> m.putSingleRegion(LOW);
      case REM_MEM_REG -> m.putSingleRegion(HIGH);
      case SET_DEVICE_STATE_FD -> m.putDeviceState(new DeviceStateTransfer(1, 0));
      case IOTLB_MSG -> zeroes(m, 32);
      case CREATE_CRYPTO_SESSION -> zeroes(m, 8);
      case GET_SHARED_OBJECT -> zeroes(m, 16);
      default -> m;
    };
  }

  /** How many file descriptors the sample comes with. */
  static int fdCount(RequestType type) {
    return switch (type) {
      case SET_MEM_TABLE -> 2;
      case SET_LOG_BASE, SET_VRING_KICK, SET_VRING_ERR -> 1;
      default -> type.fdsMin();
    };
  }

  /** The features under which the sample is legal; postcopy excludes memory slots. */
  static long protocolFeatures(RequestType type) {
    long all = (1L << ProtocolFeatures.COUNT) - 1;
    return type.requiredFeature() == ProtocolFeatures.PAGEFAULT
        ? all & ~ProtocolFeatures.of(ProtocolFeatures.CONFIGURE_MEM_SLOTS)
        : all;
  }

  private static Message setConfig(Message m) {
    m.putConfig(new ConfigAccess(32, 1, 0));
    Memory.putByte(m.configBytesAddress(), (byte) 1);
    return m;
  }

  private static Message zeroes(Message m, int bytes) {
    long from = Memory.allocate(bytes, 8);
    return m.putBytes(from, bytes);
  }
}
