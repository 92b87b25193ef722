package org.culebra.frontend;

import java.io.IOException;
import org.culebra.linux.Memory;
import org.culebra.vhostuser.ConfigAccess;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.ProtocolFeatures;
import org.culebra.vhostuser.RequestType;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkConfig;
import org.culebra.virtio.blk.BlkFeatures;

/** What both sides agree on before memory is shared, and the messages that bring it about. */
final class Negotiation {
  /** What this front-end can do as a driver. */
  private static final long FEATURES =
      1L << BlkFeatures.SIZE_MAX
          | 1L << BlkFeatures.SEG_MAX
          | 1L << BlkFeatures.GEOMETRY
          | 1L << BlkFeatures.RO
          | 1L << BlkFeatures.BLK_SIZE
          | 1L << BlkFeatures.FLUSH
          | 1L << BlkFeatures.TOPOLOGY
          | 1L << BlkFeatures.CONFIG_WCE
          | 1L << BlkFeatures.MQ
          | 1L << BlkFeatures.DISCARD
          | 1L << BlkFeatures.WRITE_ZEROES
          | 1L << FeatureBits.INDIRECT_DESC
          | 1L << FeatureBits.EVENT_IDX
          | 1L << FeatureBits.VERSION_1;

  private static final long PROTOCOL_FEATURES =
      ProtocolFeatures.of(
          ProtocolFeatures.MQ,
          ProtocolFeatures.REPLY_ACK,
          ProtocolFeatures.BACKEND_REQ,
          ProtocolFeatures.CONFIG,
          ProtocolFeatures.RESET_DEVICE,
          ProtocolFeatures.CONFIGURE_MEM_SLOTS,
          ProtocolFeatures.STATUS);

  private static final long LIBBLKIO_MANDATORY =
      ProtocolFeatures.of(
          ProtocolFeatures.REPLY_ACK,
          ProtocolFeatures.CONFIG,
          ProtocolFeatures.CONFIGURE_MEM_SLOTS);

  private static final long BIT_30 = 1L << FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES;

  private final ControlChannel channel;
  private final FrontEndOptions options;
  private long offeredFeatures;
  private long features;
  private long offeredProtocolFeatures;
  private long protocolFeatures;
  private long queueCountMax = 1;
  private long memorySlotsMax = Message.TABLE_REGIONS_MAX;
  private BlkConfig config = new BlkConfig();

  Negotiation(ControlChannel channel, FrontEndOptions options) {
    this.channel = channel;
    this.options = options;
  }

  void run() throws IOException {
    if (options.order() == MessageOrder.LIBBLKIO) {
      runAsLibblkio();
    } else {
      runAsQemu();
    }
    if (options.queueCount() > queueCountMax) {
      throw new FrontEndException(
          options.queueCount() + " queues: the back-end has " + queueCountMax);
    }
  }

  /** SET_FEATURES is still to come, when the device starts. */
  private void runAsQemu() throws IOException {
    offeredFeatures = get(RequestType.GET_FEATURES);
    if ((offeredFeatures & BIT_30) != 0) {
      offeredProtocolFeatures = get(RequestType.GET_PROTOCOL_FEATURES);
      chooseProtocolFeatures(PROTOCOL_FEATURES);
      askLimits();
    }
    channel.begin(RequestType.SET_OWNER, false);
    channel.exchange();
    offeredFeatures = get(RequestType.GET_FEATURES);
    features = offeredFeatures & FEATURES & options.features();
    if (options.acknowledgesProtocolFeatures()) {
      features |= offeredFeatures & BIT_30;
    }
    readConfig();
  }

  private void runAsLibblkio() throws IOException {
    channel.begin(RequestType.SET_OWNER, false);
    channel.exchange();
    offeredFeatures = get(RequestType.GET_FEATURES);
    if ((offeredFeatures & BIT_30) == 0) {
      throw new FrontEndException("VHOST_USER_F_PROTOCOL_FEATURES isn't offered");
    }
    features = offeredFeatures & FEATURES & options.features() | BIT_30;
    setFeatures();
    offeredProtocolFeatures = get(RequestType.GET_PROTOCOL_FEATURES);
    long missing = LIBBLKIO_MANDATORY & ~offeredProtocolFeatures;
    if (missing != 0) {
      throw new FrontEndException(ProtocolFeatures.names(missing) + ": mandatory, not offered");
    }
    chooseProtocolFeatures(LIBBLKIO_MANDATORY | ProtocolFeatures.of(ProtocolFeatures.MQ));
    askLimits();
    readConfig();
  }

  void setFeatures() throws IOException {
    channel.begin(RequestType.SET_FEATURES, false).putU64(features);
    channel.exchange();
  }

  private void chooseProtocolFeatures(long known) throws IOException {
    protocolFeatures = offeredProtocolFeatures & known & options.protocolFeatures();
    if (!options.usesMemorySlots()) {
      protocolFeatures &= ~ProtocolFeatures.of(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
    }
    channel.begin(RequestType.SET_PROTOCOL_FEATURES, false).putU64(protocolFeatures);
    channel.exchange();
    channel.protocolFeatures(protocolFeatures);
  }

  private void askLimits() throws IOException {
    if (has(ProtocolFeatures.MQ)) {
      queueCountMax = get(RequestType.GET_QUEUE_NUM);
    }
    if (has(ProtocolFeatures.CONFIGURE_MEM_SLOTS)) {
      memorySlotsMax = get(RequestType.GET_MAX_MEM_SLOTS);
    }
  }

  private long get(RequestType type) throws IOException {
    channel.begin(type, asksAlways());
    return channel.exchange().u64();
  }

  /** libblkio sets NEED_REPLY even where the request has its own reply. */
  private boolean asksAlways() {
    return options.order() == MessageOrder.LIBBLKIO && channel.hasReplyAck();
  }

  /** Reads the configuration space again. */
  BlkConfig readConfig() throws IOException {
    int size = options.configBytes();
    if (has(ProtocolFeatures.CONFIG) && size > 0) {
      channel.begin(RequestType.GET_CONFIG, asksAlways()).putConfig(new ConfigAccess(0, size, 0));
      Message reply = channel.exchange();
      if (reply.config().size() != size || reply.payloadBytes() != ConfigAccess.BYTES + size) {
        throw new FrontEndException(reply + ": " + size + " bytes were asked for");
      }
      byte[] bytes = new byte[Math.max(size, BlkConfig.SIZE)];
      Memory.get(reply.configBytesAddress(), bytes, 0, size);
      config = BlkConfig.decode(bytes);
    }
    return config;
  }

  boolean has(int protocolFeature) {
    return ProtocolFeatures.has(protocolFeatures, protocolFeature);
  }

  long offeredFeatures() {
    return offeredFeatures;
  }

  long features() {
    return features;
  }

  long offeredProtocolFeatures() {
    return offeredProtocolFeatures;
  }

  long protocolFeatures() {
    return protocolFeatures;
  }

  long queueCountMax() {
    return queueCountMax;
  }

  long memorySlotsMax() {
    return memorySlotsMax;
  }

  BlkConfig config() {
    return config;
  }
}
