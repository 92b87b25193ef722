package org.culebra.backend;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Capabilities;
import org.culebra.block.Limits;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkConfig;
import org.culebra.virtio.blk.BlkFeatures;
import org.culebra.virtio.blk.BlkLimits;
import org.culebra.virtio.blk.BlkRequestType;
import org.culebra.virtio.blk.RequestSlot;

/**
 * The virtio-blk device that a disk is to its guest: features, configuration, and the one place
 * where a guest's request becomes a block request.
 *
 * <p>Immutable, but for the write-back flag, which the driver may toggle (virtio 1.3 §5.2.5.2) and
 * which outlives a change of the device below.
 */
final class VirtioBlkDevice {
  static final int SECTOR_SHIFT = 9;
  static final int SECTOR_BYTES = 1 << SECTOR_SHIFT;

  /** Segments of one request: with header and status it fits QEMU's default ring of 128. */
  static final int SEG_MAX = 126;

  /** Bytes of one segment, so that no driver makes a single one that outgrows an iovec's part. */
  static final int SIZE_MAX_BYTES = 4 << 20;

  /** Segments of one discard or write zeroes. */
  static final int SEGMENTS_MAX = 64;

  /** Sectors of one segment: 2 GiB. */
  static final int SEGMENT_SECTORS_MAX = 1 << 22;

  private final long capacitySectors;
  private final boolean readOnly;
  private final boolean discard;
  private final boolean writeZeroes;
  private final Limits limits;
  private final int queues;
  private final byte[] serial;
  private final long serialAddress = Memory.allocate(DiskOptions.SERIAL_BYTES, 1);
  private final AtomicBoolean writeback;

  VirtioBlkDevice(BlockDevice device, DiskOptions options, AtomicBoolean writeback) {
    Capabilities capabilities = device.capabilities();
    this.capacitySectors = (device.capacityBytes() + SECTOR_BYTES - 1) >>> SECTOR_SHIFT;
    this.readOnly = options.readOnly() || capabilities.readOnly();
    this.discard = !this.readOnly && capabilities.discard();
    this.writeZeroes = !this.readOnly && capabilities.writeZeroes();
    this.limits = device.limits();
    this.queues = options.queues();
    this.serial = options.serial().getBytes(StandardCharsets.UTF_8);
    Memory.put(serialAddress, serial, 0, serial.length);
    this.writeback = writeback;
  }

  /** Returns the virtio features offered, without those of vhost-user itself. */
  long features() {
    long features =
        FeatureBits.mask(FeatureBits.VERSION_1)
            | FeatureBits.mask(FeatureBits.INDIRECT_DESC)
            | FeatureBits.mask(FeatureBits.EVENT_IDX)
            | FeatureBits.mask(BlkFeatures.SIZE_MAX)
            | FeatureBits.mask(BlkFeatures.SEG_MAX)
            | FeatureBits.mask(BlkFeatures.BLK_SIZE)
            | FeatureBits.mask(BlkFeatures.TOPOLOGY)
            | FeatureBits.mask(BlkFeatures.FLUSH)
            | FeatureBits.mask(BlkFeatures.CONFIG_WCE)
            | FeatureBits.mask(BlkFeatures.MQ);
    if (readOnly) {
      features |= FeatureBits.mask(BlkFeatures.RO);
    }
    if (discard) {
      features |= FeatureBits.mask(BlkFeatures.DISCARD);
    }
    if (writeZeroes) {
      features |= FeatureBits.mask(BlkFeatures.WRITE_ZEROES);
    }
    return features;
  }

  /** Returns the configuration space (virtio 1.3 §5.2.4). */
  BlkConfig config() {
    int physicalSectors = limits.physicalBlockBytes() / SECTOR_BYTES;
    BlkConfig config =
        new BlkConfig()
            .capacitySectors(capacitySectors)
            .sizeMax(SIZE_MAX_BYTES)
            .segMax(SEG_MAX)
            .blkSize(SECTOR_BYTES)
            .physicalBlockExp(Integer.numberOfTrailingZeros(physicalSectors))
            .minIoSize(physicalSectors)
            .optIoSize(limits.optimalBytes() / SECTOR_BYTES)
            .writeback(writeback.get())
            .numQueues(queues);
    if (discard) {
      config
          .maxDiscardSectors(SEGMENT_SECTORS_MAX)
          .maxDiscardSeg(SEGMENTS_MAX)
          .discardSectorAlignment(Math.max(1, limits.discardGranularityBytes() / SECTOR_BYTES));
    }
    if (writeZeroes) {
      config
          .maxWriteZeroesSectors(SEGMENT_SECTORS_MAX)
          .maxWriteZeroesSeg(SEGMENTS_MAX)
          .writeZeroesMayUnmap(discard);
    }
    return config;
  }

  /** Returns what the decoder checks requests against, for a driver that accepted features. */
  BlkLimits limits(long negotiatedFeatures) {
    return BlkLimits.of(config(), readOnly, negotiatedFeatures);
  }

  /** Returns whether writes must be durable before they complete (virtio 1.3 §5.2.6.2). */
  boolean isWriteThrough(long negotiatedFeatures) {
    // Without FLUSH, writeback begins as 0 even with CONFIG_WCE (§5.2.5.2): nothing could be made
    // durable later.
    return !FeatureBits.has(negotiatedFeatures, BlkFeatures.FLUSH) || !writeback.get();
  }

  long capacitySectors() {
    return capacitySectors;
  }

  boolean readOnly() {
    return readOnly;
  }

  /** Fills in the block request of a decoded read, write or flush. */
  static void toRequest(RequestSlot slot, BlockRequest request, boolean writeThrough) {
    int fua = writeThrough ? BlockRequest.FUA : 0;
    switch (slot.type) {
      case BlkRequestType.IN ->
          request
              .set(BlockOperation.READ, slot.sector << SECTOR_SHIFT, slot.dataBytes, 0)
              .memory(slot.data, 0);
      case BlkRequestType.OUT ->
          request
              .set(BlockOperation.WRITE, slot.sector << SECTOR_SHIFT, slot.dataBytes, fua)
              .memory(slot.data, 0);
      case BlkRequestType.FLUSH -> request.set(BlockOperation.FLUSH, 0, 0, 0);
      default -> throw new AssertionError("type " + slot.type);
    }
  }

  /** Fills in the block request of one segment of a decoded discard or write zeroes. */
  static void toSegmentRequest(
      RequestSlot slot, int segment, BlockRequest request, boolean writeThrough) {
    long offsetBytes = slot.segmentSector[segment] << SECTOR_SHIFT;
    long lengthBytes = slot.segmentSectors[segment] << SECTOR_SHIFT;
    if (slot.type == BlkRequestType.DISCARD) {
      request.set(BlockOperation.DISCARD, offsetBytes, lengthBytes, 0);
      return;
    }
    boolean unmap = (slot.segmentFlags[segment] & RequestSlot.SEGMENT_UNMAP) != 0;
    int flags = (unmap ? BlockRequest.UNMAP : 0) | (writeThrough ? BlockRequest.FUA : 0);
    request.set(BlockOperation.WRITE_ZEROES, offsetBytes, lengthBytes, flags);
  }

  /** Copies the serial number to the driver's buffer and fills the rest with NUL. */
  void writeId(RequestSlot slot) {
    slot.data.zero(0, slot.dataBytes);
    int idBytes = (int) Math.min(serial.length, slot.dataBytes);
    slot.data.copyFrom(0, serialAddress, idBytes);
  }
}
