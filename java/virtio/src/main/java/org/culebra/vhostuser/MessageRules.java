package org.culebra.vhostuser;

import org.culebra.linux.FdList;
import org.culebra.virtio.FeatureBits;

/**
 * The rules a message keeps: its size, its file descriptors, the feature it needs, its values.
 *
 * <p>What depends on the state of the device (which vrings there are, which memory is mapped, which
 * features were offered) is the back-end's to check.
 */
public final class MessageRules {
  private MessageRules() {}

  /**
   * Checks a request of a front-end.
   *
   * @param message the request
   * @param fds the file descriptors that came with it; none is taken
   * @param features the virtio features negotiated so far
   * @param protocolFeatures the protocol features negotiated so far
   * @return null when all is well, or one line that names the message and the first broken rule
   */
  public static String check(Message message, FdList fds, long features, long protocolFeatures) {
    RequestType type = message.type();
    String rule =
        type == null ? "no such request" : rule(type, message, fds, features, protocolFeatures);
    return rule == null ? null : describe(message, message.name(), fds) + ": " + rule;
  }

  /**
   * Checks a back-end's reply.
   *
   * @param request what was asked for
   * @param ack whether a {@code u64} is expected because NEED_REPLY was set
   * @param reply the reply
   * @return null when all is well, or one line that names the message and the first broken rule
   */
  public static String checkReply(RequestType request, boolean ack, Message reply, FdList fds) {
    PayloadForm form = request.reply() == null || ack ? PayloadForm.U64 : request.reply();
    String rule = null;
    if (reply.requestId() != request.id()) {
      rule = "must be a reply to " + request;
    } else if (reply.flags() != MessageHeader.REPLY_FLAGS) {
      rule = "flags 0x" + Integer.toHexString(reply.flags()) + " of a reply must be 0x5";
    } else if (request == RequestType.GET_CONFIG && reply.payloadBytes() == 0) {
      rule = "the back-end reports an error";
    } else {
      rule = sizeRule(form, reply.payloadBytes());
    }
    return rule == null ? null : describe(reply, reply.name() + " reply", fds) + ": " + rule;
  }

  /**
   * Checks a request of a back-end.
   *
   * @param message the request
   * @param fds the file descriptors that came with it; none is taken
   * @param protocolFeatures the protocol features negotiated
   * @return null when all is well, or one line that names the message and the first broken rule
   */
  public static String checkBackend(Message message, FdList fds, long protocolFeatures) {
    BackendRequestType type = message.backendType();
    String rule;
    if (type == null) {
      rule = "no such request";
    } else if (message.isReply()) {
      rule = "a request has no reply flag";
    } else {
      rule = sizeRule(type.payload(), message.payloadBytes());
      rule = rule != null ? rule : fdsRule(type.fdsMin(), type.fdsMax(), fds.count());
      rule = rule != null ? rule : featureRule(type.requiredFeature(), protocolFeatures);
    }
    String name = type == null ? "back-end request " + message.requestId() : "BACKEND_" + type;
    return rule == null ? null : describe(message, name, fds) + ": " + rule;
  }

  private static String describe(Message message, String name, FdList fds) {
    int n = fds.count();
    return name + " size " + message.payloadBytes() + ", " + n + (n == 1 ? " fd" : " fds");
  }

  private static String rule(
      RequestType type, Message message, FdList fds, long features, long protocolFeatures) {
    if (message.isReply()) {
      return "a request has no reply flag";
    }
    String rule = sizeRule(type.payload(), message.payloadBytes());
    rule = rule != null ? rule : fdsRule(type.fdsMin(), type.fdsMax(), fds.count());
    rule = rule != null ? rule : featureRule(type.requiredFeature(), protocolFeatures);
    if (rule != null) {
      return rule;
    }
    return switch (type) {
      case SET_MEM_TABLE -> MemoryRules.table(message, fds.count());
      case ADD_MEM_REG, REM_MEM_REG -> MemoryRules.region(message.singleRegion());
      case SET_LOG_BASE -> MemoryRules.log(message, fds.count(), protocolFeatures);
      case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> VringRules.fd(message, fds.count());
      case SET_VRING_NUM -> VringRules.size(message.vringState().num(), features);
      case SET_VRING_ADDR -> VringRules.address(message.vringAddress());
      case SET_VRING_BASE -> VringRules.base(message.vringState().num(), features);
      case SET_VRING_ENABLE ->
          VringRules.enable(message.vringState().num(), features, protocolFeatures);
      case SET_VRING_ENDIAN -> VringRules.onOrOff(message.vringState().num());
      case SET_PROTOCOL_FEATURES -> protocolFeaturesRule(message.u64());
      case GET_CONFIG, SET_CONFIG -> configRule(message);
      case GET_INFLIGHT_FD, SET_INFLIGHT_FD -> inflightRule(type, message);
      case SET_DEVICE_STATE_FD -> deviceStateRule(message.deviceState());
      case POSTCOPY_ADVISE, POSTCOPY_LISTEN, POSTCOPY_END -> postcopyRule(protocolFeatures);
      case IOTLB_MSG ->
          FeatureBits.has(features, FeatureBits.ACCESS_PLATFORM)
              ? null
              : "VIRTIO_F_IOMMU_PLATFORM wasn't negotiated";
      default -> null;
    };
  }

  private static String sizeRule(PayloadForm form, int bytes) {
    if (bytes >= form.bytesMin() && bytes <= form.bytesMax()) {
      return null;
    }
    return form.isExact()
        ? "payload must be " + form.bytesMin() + " bytes"
        : "payload must be " + form.bytesMin() + " to " + form.bytesMax() + " bytes";
  }

  private static String fdsRule(int fdsMin, int fdsMax, int count) {
    if (count >= fdsMin && count <= fdsMax) {
      return null;
    }
    if (fdsMin == fdsMax) {
      return fdsMin == 0 ? "no fd may come with it" : "exactly " + fdsMin + " fd must come with it";
    }
    return "at most " + fdsMax + (fdsMax == 1 ? " fd" : " fds") + " may come with it";
  }

  private static String featureRule(int requiredFeature, long protocolFeatures) {
    return requiredFeature == ProtocolFeatures.NONE
            || ProtocolFeatures.has(protocolFeatures, requiredFeature)
        ? null
        : "protocol feature " + ProtocolFeatures.name(requiredFeature) + " wasn't negotiated";
  }

  private static String protocolFeaturesRule(long chosen) {
    if (ProtocolFeatures.has(chosen, ProtocolFeatures.INBAND_NOTIFICATIONS)
        && !(ProtocolFeatures.has(chosen, ProtocolFeatures.BACKEND_REQ)
            && ProtocolFeatures.has(chosen, ProtocolFeatures.REPLY_ACK))) {
      return "INBAND_NOTIFICATIONS needs BACKEND_REQ and REPLY_ACK";
    }
    if (ProtocolFeatures.has(chosen, ProtocolFeatures.GET_VRING_BASE_SKIP_DRAIN)
        && !(ProtocolFeatures.has(chosen, ProtocolFeatures.GET_VRING_BASE_INFLIGHT)
            && ProtocolFeatures.has(chosen, ProtocolFeatures.INFLIGHT_SHMFD))) {
      return "GET_VRING_BASE_SKIP_DRAIN needs GET_VRING_BASE_INFLIGHT and INFLIGHT_SHMFD";
    }
    return null;
  }

  private static String configRule(Message message) {
    ConfigAccess access = message.config();
    int bytes = message.payloadBytes() - ConfigAccess.BYTES;
    return access.size() == bytes
        ? null
        : "config size "
            + Integer.toUnsignedString(access.size())
            + ": but "
            + bytes
            + " bytes of payload follow";
  }

  private static String inflightRule(RequestType type, Message message) {
    int bytes = message.payloadBytes();
    if (bytes != InflightDescription.BYTES && bytes != InflightDescription.PADDED_BYTES) {
      return "payload must be 20 or 24 bytes";
    }
    InflightDescription inflight = message.inflight();
    if (inflight.queueCount() == 0 || inflight.queueSize() == 0) {
      return inflight.queueCount()
          + " queues of size "
          + inflight.queueSize()
          + ": both must be above 0";
    }
    return type == RequestType.GET_INFLIGHT_FD
        ? null
        : MemoryRules.span("mmap", inflight.mmapSize(), inflight.mmapOffset());
  }

  private static String deviceStateRule(DeviceStateTransfer transfer) {
    int direction = transfer.direction();
    if (direction != DeviceStateTransfer.SAVE && direction != DeviceStateTransfer.LOAD) {
      return "direction " + Integer.toUnsignedString(direction) + ": must be 0 or 1";
    }
    return transfer.phase() == DeviceStateTransfer.STOPPED
        ? null
        : "phase " + Integer.toUnsignedString(transfer.phase()) + ": must be 0";
  }

  private static String postcopyRule(long protocolFeatures) {
    return ProtocolFeatures.has(protocolFeatures, ProtocolFeatures.CONFIGURE_MEM_SLOTS)
        ? "no postcopy with CONFIGURE_MEM_SLOTS"
        : null;
  }
}
