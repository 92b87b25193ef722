package org.culebra.vhostuser;

/**
 * What a back-end may ask for on its own channel (vhost-user: Back-end message types).
 *
 * <p>The channel is the socket of SET_BACKEND_REQ_FD. A request is answered by a {@code u64}, 0 for
 * success, if NEED_REPLY was set and REPLY_ACK negotiated.
 */
public enum BackendRequestType {
  /** Tells of an IOTLB miss or an access failure. */
  IOTLB_MSG(1, PayloadForm.IOTLB, 0, 0, ProtocolFeatures.NONE),
  /** Tells that the configuration space has changed. */
  CONFIG_CHANGE_MSG(2, PayloadForm.NONE, 0, 0, ProtocolFeatures.CONFIG),
  /** Passes a doorbell page for a vring. */
  VRING_HOST_NOTIFIER_MSG(3, PayloadForm.VRING_AREA, 0, 1, ProtocolFeatures.HOST_NOTIFIER),
  /** A call in a message. */
  VRING_CALL(4, PayloadForm.VRING_STATE, 0, 0, ProtocolFeatures.INBAND_NOTIFICATIONS),
  /** An error in a message. */
  VRING_ERR(5, PayloadForm.VRING_STATE, 0, 0, ProtocolFeatures.INBAND_NOTIFICATIONS),
  /** Offers a shared buffer. */
  SHARED_OBJECT_ADD(6, PayloadForm.SHARED_OBJECT, 0, 0, ProtocolFeatures.SHARED_OBJECT),
  /** Takes a shared buffer back. */
  SHARED_OBJECT_REMOVE(7, PayloadForm.SHARED_OBJECT, 0, 0, ProtocolFeatures.SHARED_OBJECT),
  /** Asks for a shared buffer. */
  SHARED_OBJECT_LOOKUP(8, PayloadForm.SHARED_OBJECT, 0, 0, ProtocolFeatures.SHARED_OBJECT),
  /** Maps a file into a VIRTIO shared memory region. */
  SHMEM_MAP(9, PayloadForm.MMAP, 1, 1, ProtocolFeatures.SHMEM),
  /** Unmaps it. */
  SHMEM_UNMAP(10, PayloadForm.MMAP, 0, 0, ProtocolFeatures.SHMEM);

  private static final BackendRequestType[] BY_ID = new BackendRequestType[11];

  static {
    for (BackendRequestType type : values()) {
      assert BY_ID[type.id] == null : type;
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final PayloadForm payload;
  private final int fdsMin;
  private final int fdsMax;
  private final int requiredFeature;

  BackendRequestType(int id, PayloadForm payload, int fdsMin, int fdsMax, int feature) {
    this.id = id;
    this.payload = payload;
    this.fdsMin = fdsMin;
    this.fdsMax = fdsMax;
    this.requiredFeature = feature;
  }

  /** Returns the type of a number, or null where the specification has none. */
  public static BackendRequestType of(int id) {
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

  /** Returns the bit of the protocol feature it needs, or {@link ProtocolFeatures#NONE}. */
  public int requiredFeature() {
    return requiredFeature;
  }
}
