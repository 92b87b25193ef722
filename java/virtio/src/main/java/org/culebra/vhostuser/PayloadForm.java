package org.culebra.vhostuser;

/**
 * What a payload consists of, with the sizes it may have (vhost-user: Payload).
 *
 * <p>A form whose smallest and largest size differ is checked further by what it holds: a memory
 * table by its count of regions, a config access by its size field.
 */
public enum PayloadForm {
  /** No payload. */
  NONE(0, 0),
  /** A single 64-bit integer. */
  U64(8, 8),
  /** {@link VringState}; descriptor indices too. */
  VRING_STATE(VringState.BYTES, VringState.BYTES),
  /** {@link VringAddress}. */
  VRING_ADDRESS(VringAddress.BYTES, VringAddress.BYTES),
  /** A count, padding, and as many {@link RegionDescription}s. */
  MEMORY_TABLE(
      Message.TABLE_HEADER_BYTES,
      Message.TABLE_HEADER_BYTES + Message.TABLE_REGIONS_MAX * RegionDescription.BYTES),
  /** Padding and one {@link RegionDescription}. */
  SINGLE_REGION(
      Message.SINGLE_HEADER_BYTES + RegionDescription.BYTES,
      Message.SINGLE_HEADER_BYTES + RegionDescription.BYTES),
  /** {@link LogDescription}; without LOG_SHMFD it may be a 64-bit address instead. */
  LOG(8, LogDescription.BYTES),
  /** {@code struct vhost_iotlb_msg}. */
  IOTLB(32, 32),
  /** {@link ConfigAccess} and its bytes. */
  CONFIG(ConfigAccess.BYTES, ConfigAccess.BYTES + ConfigAccess.SPACE_BYTES_MAX),
  /** A crypto session, of no concern to a block device. */
  CRYPTO_SESSION(8, Message.PAYLOAD_BYTES_MAX),
  /** {@link InflightDescription}; 20 bytes as specified, 24 as QEMU's compiler pads them. */
  INFLIGHT(InflightDescription.BYTES, InflightDescription.PADDED_BYTES),
  /** A vring area: index and flags, size, offset. */
  VRING_AREA(24, 24),
  /** The UUID of a shared object. */
  SHARED_OBJECT(16, 16),
  /** {@link DeviceStateTransfer}. */
  DEVICE_STATE(DeviceStateTransfer.BYTES, DeviceStateTransfer.BYTES),
  /** A request to map or unmap VIRTIO shared memory. */
  MMAP(40, 40),
  /** Count, padding, and 256 sizes of VIRTIO shared memory regions. */
  SHMEM_CONFIG(8 + 256 * 8, 8 + 256 * 8);

  private final int bytesMin;
  private final int bytesMax;

  PayloadForm(int bytesMin, int bytesMax) {
    this.bytesMin = bytesMin;
    this.bytesMax = bytesMax;
  }

  /** Returns the smallest size. */
  public int bytesMin() {
    return bytesMin;
  }

  /** Returns the largest size. */
  public int bytesMax() {
    return bytesMax;
  }

  /** Says whether there is one size only. */
  public boolean isExact() {
    return bytesMin == bytesMax;
  }
}
