package org.culebra.vhostuser;

import static org.culebra.vhostuser.PayloadForm.CONFIG;
import static org.culebra.vhostuser.PayloadForm.INFLIGHT;
import static org.culebra.vhostuser.PayloadForm.NONE;
import static org.culebra.vhostuser.PayloadForm.SINGLE_REGION;
import static org.culebra.vhostuser.PayloadForm.U64;
import static org.culebra.vhostuser.PayloadForm.VRING_STATE;

/**
 * What a front-end may ask for, by the specification's names (vhost-user: Front-end message types).
 *
 * <p>Each has the form of its payload, how many file descriptors come with it, the form of its own
 * reply where it has one, and the protocol feature it needs. A request without a reply of its own
 * is answered by a {@code u64}, 0 for success, if NEED_REPLY was set and REPLY_ACK negotiated.
 */
public enum RequestType {
  /** Asks which virtio features there are. */
  GET_FEATURES(1, NONE, 0, 0, U64, ProtocolFeatures.NONE),
  /** Chooses virtio features; may come again while rings run, to switch the dirty log. */
  SET_FEATURES(2, U64, 0, 0, null, ProtocolFeatures.NONE),
  /** Begins the session. */
  SET_OWNER(3, NONE, 0, 0, null, ProtocolFeatures.NONE),
  /** Deprecated: to be ignored, or to disable all rings. */
  RESET_OWNER(4, NONE, 0, 0, null, ProtocolFeatures.NONE),
  /** Replaces all of guest memory; one file descriptor for each region. */
  SET_MEM_TABLE(
      5, PayloadForm.MEMORY_TABLE, 0, Message.TABLE_REGIONS_MAX, null, ProtocolFeatures.NONE),
  /** Sets the dirty log; replies only if LOG_SHMFD was negotiated, best by the same payload. */
  SET_LOG_BASE(6, PayloadForm.LOG, 0, 1, PayloadForm.LOG, ProtocolFeatures.NONE),
  /** Passes an eventfd to tell of changes of the log. */
  SET_LOG_FD(7, NONE, 1, 1, null, ProtocolFeatures.NONE),
  /** Sets a vring's size. */
  SET_VRING_NUM(8, VRING_STATE, 0, 0, null, ProtocolFeatures.NONE),
  /** Sets a vring's addresses. */
  SET_VRING_ADDR(9, PayloadForm.VRING_ADDRESS, 0, 0, null, ProtocolFeatures.NONE),
  /** Sets the next available index of a vring. */
  SET_VRING_BASE(10, VRING_STATE, 0, 0, null, ProtocolFeatures.NONE),
  /** Stops a vring once its requests have completed, and asks for its next available index. */
  GET_VRING_BASE(11, VRING_STATE, 0, 0, VRING_STATE, ProtocolFeatures.NONE),
  /** Passes the eventfd that tells of available buffers, and starts the vring. */
  SET_VRING_KICK(12, U64, 0, 1, null, ProtocolFeatures.NONE),
  /** Passes the eventfd that is to tell of used buffers. */
  SET_VRING_CALL(13, U64, 0, 1, null, ProtocolFeatures.NONE),
  /** Passes the eventfd that is to tell of a broken vring. */
  SET_VRING_ERR(14, U64, 0, 1, null, ProtocolFeatures.NONE),
  /** Asks which protocol features there are. */
  GET_PROTOCOL_FEATURES(15, NONE, 0, 0, U64, ProtocolFeatures.NONE),
  /** Chooses protocol features. */
  SET_PROTOCOL_FEATURES(16, U64, 0, 0, null, ProtocolFeatures.NONE),
  /** Asks how many vrings there are at most; legal once MQ was offered. */
  GET_QUEUE_NUM(17, NONE, 0, 0, U64, ProtocolFeatures.NONE),
  /** Enables or disables a vring. */
  SET_VRING_ENABLE(18, VRING_STATE, 0, 0, null, ProtocolFeatures.NONE),
  /** Network only. */
  SEND_RARP(19, U64, 0, 0, null, ProtocolFeatures.RARP),
  /** Network only. */
  NET_SET_MTU(20, U64, 0, 0, null, ProtocolFeatures.MTU),
  /** Passes the socket of the back-end's own requests. */
  SET_BACKEND_REQ_FD(21, NONE, 1, 1, null, ProtocolFeatures.BACKEND_REQ),
  /** Updates or invalidates an entry of the IOTLB. */
  IOTLB_MSG(22, PayloadForm.IOTLB, 0, 0, U64, ProtocolFeatures.NONE),
  /** Sets a legacy vring's byte order. */
  SET_VRING_ENDIAN(23, VRING_STATE, 0, 0, null, ProtocolFeatures.CROSS_ENDIAN),
  /** Reads from the configuration space. */
  GET_CONFIG(24, CONFIG, 0, 0, CONFIG, ProtocolFeatures.CONFIG),
  /** Writes to the configuration space. */
  SET_CONFIG(25, CONFIG, 0, 0, null, ProtocolFeatures.CONFIG),
  /** Crypto devices only. */
  CREATE_CRYPTO_SESSION(
      26,
      PayloadForm.CRYPTO_SESSION,
      0,
      0,
      PayloadForm.CRYPTO_SESSION,
      ProtocolFeatures.CRYPTO_SESSION),
  /** Crypto devices only. */
  CLOSE_CRYPTO_SESSION(27, U64, 0, 0, null, ProtocolFeatures.CRYPTO_SESSION),
  /** Announces a postcopy migration; the reply carries the userfaultfd. */
  POSTCOPY_ADVISE(28, NONE, 0, 0, NONE, ProtocolFeatures.PAGEFAULT),
  /** Begins postcopy mode. */
  POSTCOPY_LISTEN(29, NONE, 0, 0, null, ProtocolFeatures.PAGEFAULT),
  /** Ends postcopy mode. */
  POSTCOPY_END(30, NONE, 0, 0, U64, ProtocolFeatures.PAGEFAULT),
  /** Asks for new shared memory that tracks requests in flight; the reply carries it. */
  GET_INFLIGHT_FD(31, INFLIGHT, 0, 0, INFLIGHT, ProtocolFeatures.INFLIGHT_SHMFD),
  /** Gives that memory back, after a reconnect. */
  SET_INFLIGHT_FD(32, INFLIGHT, 1, 1, null, ProtocolFeatures.INFLIGHT_SHMFD),
  /** Graphics only. */
  GPU_SET_SOCKET(33, NONE, 1, 1, null, ProtocolFeatures.NONE),
  /** Resets the device; the negotiated protocol features stay. */
  RESET_DEVICE(34, NONE, 0, 0, null, ProtocolFeatures.RESET_DEVICE),
  /** A kick in a message. */
  VRING_KICK(35, VRING_STATE, 0, 0, null, ProtocolFeatures.INBAND_NOTIFICATIONS),
  /** Asks how many memory regions there may be. */
  GET_MAX_MEM_SLOTS(36, NONE, 0, 0, U64, ProtocolFeatures.CONFIGURE_MEM_SLOTS),
  /** Adds a memory region. */
  ADD_MEM_REG(37, SINGLE_REGION, 1, 1, null, ProtocolFeatures.CONFIGURE_MEM_SLOTS),
  /** Removes a memory region; libblkio and old QEMU pass its file descriptor, to be closed. */
  REM_MEM_REG(38, SINGLE_REGION, 0, 1, null, ProtocolFeatures.CONFIGURE_MEM_SLOTS),
  /** Sets the virtio device status. */
  SET_STATUS(39, U64, 0, 0, null, ProtocolFeatures.STATUS),
  /** Asks for the virtio device status. */
  GET_STATUS(40, NONE, 0, 0, U64, ProtocolFeatures.STATUS),
  /** Asks for a shared buffer by its UUID; the reply carries it. */
  GET_SHARED_OBJECT(
      41,
      PayloadForm.SHARED_OBJECT,
      0,
      0,
      PayloadForm.SHARED_OBJECT,
      ProtocolFeatures.SHARED_OBJECT),
  /** Passes the channel over which the back-end's state migrates. */
  SET_DEVICE_STATE_FD(42, PayloadForm.DEVICE_STATE, 1, 1, U64, ProtocolFeatures.DEVICE_STATE),
  /** Asks whether that state arrived whole. */
  CHECK_DEVICE_STATE(43, NONE, 0, 0, U64, ProtocolFeatures.DEVICE_STATE),
  /** Asks for the sizes of VIRTIO shared memory regions. */
  GET_SHMEM_CONFIG(44, NONE, 0, 0, PayloadForm.SHMEM_CONFIG, ProtocolFeatures.SHMEM),
  /** Stops a vring at once; what is in flight stays recorded in the inflight region. */
  GET_VRING_BASE_SKIP_DRAIN(
      45, VRING_STATE, 0, 0, VRING_STATE, ProtocolFeatures.GET_VRING_BASE_SKIP_DRAIN);

  private static final RequestType[] BY_ID = new RequestType[46];

  static {
    for (RequestType type : values()) {
      assert BY_ID[type.id] == null : type;
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final PayloadForm payload;
  private final int fdsMin;
  private final int fdsMax;
  private final PayloadForm reply;
  private final int requiredFeature;

  RequestType(int id, PayloadForm payload, int fdsMin, int fdsMax, PayloadForm reply, int feature) {
    this.id = id;
    this.payload = payload;
    this.fdsMin = fdsMin;
    this.fdsMax = fdsMax;
    this.reply = reply;
    this.requiredFeature = feature;
  }

  /** Returns the type of a number, or null where the specification has none. */
  public static RequestType of(int id) {
    return id > 0 && id < BY_ID.length ? BY_ID[id] : null;
  }

  /** Returns its number. */
  public int id() {
    return id;
  }

  /** Returns what its payload consists of. */
  public PayloadForm payload() {
    return payload;
  }

  /** Returns how many file descriptors come with it at least. */
  public int fdsMin() {
    return fdsMin;
  }

  /** Returns how many file descriptors come with it at most. */
  public int fdsMax() {
    return fdsMax;
  }

  /** Returns what its own reply consists of; null where it has none. */
  public PayloadForm reply() {
    return reply;
  }

  /** Says whether it is answered by a reply of its own, which NEED_REPLY doesn't change. */
  public boolean hasReply(long protocolFeatures) {
    return reply != null
        && (this != SET_LOG_BASE
            || ProtocolFeatures.has(protocolFeatures, ProtocolFeatures.LOG_SHMFD));
  }

  /** Returns the bit of the protocol feature it needs, or {@link ProtocolFeatures#NONE}. */
  public int requiredFeature() {
    return requiredFeature;
  }

  /** Says whether its payload is a vring's index with bit 8 saying that no descriptor comes. */
  public boolean isVringFd() {
    return this == SET_VRING_KICK || this == SET_VRING_CALL || this == SET_VRING_ERR;
  }
}
