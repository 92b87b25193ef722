package org.culebra.virtio.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The block device's configuration space (virtio 1.3 §5.2.4), field by field, little-endian.
 * Confined to the thread that fills it.
 *
 * <pre>
 *    0 capacity              8 | 36 max_discard_sectors            4
 *    8 size_max              4 | 40 max_discard_seg                4
 *   12 seg_max               4 | 44 discard_sector_alignment       4
 *   16 cylinders             2 | 48 max_write_zeroes_sectors       4
 *   18 heads                 1 | 52 max_write_zeroes_seg           4
 *   19 sectors               1 | 56 write_zeroes_may_unmap         1
 *   20 blk_size              4 | 57 unused1                        3
 *   24 physical_block_exp    1 | 60 max_secure_erase_sectors       4
 *   25 alignment_offset      1 | 64 max_secure_erase_seg           4
 *   26 min_io_size           2 | 68 secure_erase_sector_alignment  4
 *   28 opt_io_size           4 | 72 zoned                         24
 *   32 writeback             1 |
 *   33 unused0               1 |
 *   34 num_queues            2 |
 * </pre>
 *
 * <p>Sectors are 512 bytes; sizes of I/O are in logical blocks. Secure erase and zones aren't
 * offered, so their fields are 0.
 */
public final class BlkConfig {
  /** Offset of capacity, 64 bits. */
  public static final int CAPACITY = 0;

  /** Offset of size_max, 32 bits. */
  public static final int SIZE_MAX = 8;

  /** Offset of seg_max, 32 bits. */
  public static final int SEG_MAX = 12;

  /** Offset of geometry.cylinders, 16 bits. */
  public static final int CYLINDERS = 16;

  /** Offset of geometry.heads, 8 bits. */
  public static final int HEADS = 18;

  /** Offset of geometry.sectors, 8 bits. */
  public static final int SECTORS = 19;

  /** Offset of blk_size, 32 bits. */
  public static final int BLK_SIZE = 20;

  /** Offset of topology.physical_block_exp, 8 bits. */
  public static final int PHYSICAL_BLOCK_EXP = 24;

  /** Offset of topology.alignment_offset, 8 bits. */
  public static final int ALIGNMENT_OFFSET = 25;

  /** Offset of topology.min_io_size, 16 bits. */
  public static final int MIN_IO_SIZE = 26;

  /** Offset of topology.opt_io_size, 32 bits. */
  public static final int OPT_IO_SIZE = 28;

  /** Offset of writeback, 8 bits: the only field that a driver may write. */
  public static final int WRITEBACK = 32;

  /** Offset of num_queues, 16 bits. */
  public static final int NUM_QUEUES = 34;

  /** Offset of max_discard_sectors, 32 bits. */
  public static final int MAX_DISCARD_SECTORS = 36;

  /** Offset of max_discard_seg, 32 bits. */
  public static final int MAX_DISCARD_SEG = 40;

  /** Offset of discard_sector_alignment, 32 bits. */
  public static final int DISCARD_SECTOR_ALIGNMENT = 44;

  /** Offset of max_write_zeroes_sectors, 32 bits. */
  public static final int MAX_WRITE_ZEROES_SECTORS = 48;

  /** Offset of max_write_zeroes_seg, 32 bits. */
  public static final int MAX_WRITE_ZEROES_SEG = 52;

  /** Offset of write_zeroes_may_unmap, 8 bits. */
  public static final int WRITE_ZEROES_MAY_UNMAP = 56;

  /** Bytes up to and with the fields of write zeroes: all that a QEMU before 8.1 knows. */
  public static final int WRITE_ZEROES_SIZE = 60;

  /** Offset of max_secure_erase_sectors, 32 bits. */
  public static final int MAX_SECURE_ERASE_SECTORS = 60;

  /** Offset of the zoned characteristics. */
  public static final int ZONED = 72;

  /** Bytes of the whole structure. */
  public static final int SIZE = 96;

  private final ByteBuffer bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);

  /** Makes a configuration of zeroes. */
  public BlkConfig() {}

  /** Reads a configuration, of which a shorter beginning is enough; what lacks is 0. */
  public static BlkConfig decode(byte[] from) {
    BlkConfig config = new BlkConfig();
    config.bytes.put(0, from, 0, Math.min(from.length, SIZE));
    return config;
  }

  /** Returns the whole structure, {@link #SIZE} bytes. */
  public byte[] encode() {
    return bytes.array().clone();
  }

  /**
   * Returns a part of the structure, or null when it doesn't lie within {@link #SIZE} bytes.
   *
   * @param offset any number
   * @param length any number
   */
  public byte[] encode(long offset, long length) {
    if (offset < 0 || length < 0 || offset > SIZE || length > SIZE - offset) {
      return null;
    }
    byte[] part = new byte[(int) length];
    bytes.get((int) offset, part);
    return part;
  }

  /** Returns the device's size in sectors. */
  public long capacitySectors() {
    return bytes.getLong(CAPACITY);
  }

  /** Sets the device's size in sectors. */
  public BlkConfig capacitySectors(long sectors) {
    bytes.putLong(CAPACITY, sectors);
    return this;
  }

  /** Returns the longest segment in bytes. */
  public long sizeMax() {
    return unsigned(SIZE_MAX);
  }

  /** Sets the longest segment in bytes. */
  public BlkConfig sizeMax(long sizeBytes) {
    return unsigned(SIZE_MAX, sizeBytes);
  }

  /** Returns how many segments of data a request may have. */
  public long segMax() {
    return unsigned(SEG_MAX);
  }

  /** Sets how many segments of data a request may have. */
  public BlkConfig segMax(long segments) {
    return unsigned(SEG_MAX, segments);
  }

  /**
   * Sets the legacy geometry.
   *
   * @param cylinders 0 to 65535
   * @param heads 0 to 255
   * @param sectors of a track, 0 to 255
   */
  public BlkConfig geometry(int cylinders, int heads, int sectors) {
    bytes.putShort(CYLINDERS, (short) cylinders);
    bytes.put(HEADS, (byte) heads);
    bytes.put(SECTORS, (byte) sectors);
    return this;
  }

  /** Returns the geometry's cylinders. */
  public int cylinders() {
    return bytes.getShort(CYLINDERS) & 0xffff;
  }

  /** Returns the geometry's heads. */
  public int heads() {
    return bytes.get(HEADS) & 0xff;
  }

  /** Returns the geometry's sectors of a track. */
  public int sectors() {
    return bytes.get(SECTORS) & 0xff;
  }

  /** Returns the logical block size in bytes. */
  public long blkSize() {
    return unsigned(BLK_SIZE);
  }

  /** Sets the logical block size in bytes. */
  public BlkConfig blkSize(long blockSize) {
    return unsigned(BLK_SIZE, blockSize);
  }

  /** Returns the binary logarithm of the logical blocks in a physical one. */
  public int physicalBlockExp() {
    return bytes.get(PHYSICAL_BLOCK_EXP) & 0xff;
  }

  /** Sets the binary logarithm of the logical blocks in a physical one. */
  public BlkConfig physicalBlockExp(int exponent) {
    bytes.put(PHYSICAL_BLOCK_EXP, (byte) exponent);
    return this;
  }

  /** Returns the first logical block that is aligned. */
  public int alignmentOffset() {
    return bytes.get(ALIGNMENT_OFFSET) & 0xff;
  }

  /** Sets the first logical block that is aligned. */
  public BlkConfig alignmentOffset(int blocks) {
    bytes.put(ALIGNMENT_OFFSET, (byte) blocks);
    return this;
  }

  /** Returns the smallest I/O suggested, in logical blocks. */
  public int minIoSize() {
    return bytes.getShort(MIN_IO_SIZE) & 0xffff;
  }

  /** Sets the smallest I/O suggested, in logical blocks. */
  public BlkConfig minIoSize(int blocks) {
    bytes.putShort(MIN_IO_SIZE, (short) blocks);
    return this;
  }

  /** Returns the largest I/O suggested, in logical blocks. */
  public long optIoSize() {
    return unsigned(OPT_IO_SIZE);
  }

  /** Sets the largest I/O suggested, in logical blocks. */
  public BlkConfig optIoSize(long blocks) {
    return unsigned(OPT_IO_SIZE, blocks);
  }

  /** Returns whether the cache is in writeback mode, else in writethrough mode. */
  public boolean writeback() {
    return bytes.get(WRITEBACK) != 0;
  }

  /** Sets the cache's mode. */
  public BlkConfig writeback(boolean isWriteback) {
    bytes.put(WRITEBACK, (byte) (isWriteback ? 1 : 0));
    return this;
  }

  /** Returns how many queues there are. */
  public int numQueues() {
    return bytes.getShort(NUM_QUEUES) & 0xffff;
  }

  /** Sets how many queues there are. */
  public BlkConfig numQueues(int queues) {
    bytes.putShort(NUM_QUEUES, (short) queues);
    return this;
  }

  /** Returns the longest segment of a discard in sectors. */
  public long maxDiscardSectors() {
    return unsigned(MAX_DISCARD_SECTORS);
  }

  /** Sets the longest segment of a discard in sectors. */
  public BlkConfig maxDiscardSectors(long sectors) {
    return unsigned(MAX_DISCARD_SECTORS, sectors);
  }

  /** Returns how many segments a discard may have. */
  public long maxDiscardSeg() {
    return unsigned(MAX_DISCARD_SEG);
  }

  /** Sets how many segments a discard may have. */
  public BlkConfig maxDiscardSeg(long segments) {
    return unsigned(MAX_DISCARD_SEG, segments);
  }

  /** Returns the alignment of discards in sectors. */
  public long discardSectorAlignment() {
    return unsigned(DISCARD_SECTOR_ALIGNMENT);
  }

  /** Sets the alignment of discards in sectors. */
  public BlkConfig discardSectorAlignment(long sectors) {
    return unsigned(DISCARD_SECTOR_ALIGNMENT, sectors);
  }

  /** Returns the longest segment of a write zeroes in sectors. */
  public long maxWriteZeroesSectors() {
    return unsigned(MAX_WRITE_ZEROES_SECTORS);
  }

  /** Sets the longest segment of a write zeroes in sectors. */
  public BlkConfig maxWriteZeroesSectors(long sectors) {
    return unsigned(MAX_WRITE_ZEROES_SECTORS, sectors);
  }

  /** Returns how many segments a write zeroes may have. */
  public long maxWriteZeroesSeg() {
    return unsigned(MAX_WRITE_ZEROES_SEG);
  }

  /** Sets how many segments a write zeroes may have. */
  public BlkConfig maxWriteZeroesSeg(long segments) {
    return unsigned(MAX_WRITE_ZEROES_SEG, segments);
  }

  /** Returns whether a write zeroes may deallocate sectors. */
  public boolean writeZeroesMayUnmap() {
    return bytes.get(WRITE_ZEROES_MAY_UNMAP) != 0;
  }

  /** Sets whether a write zeroes may deallocate sectors. */
  public BlkConfig writeZeroesMayUnmap(boolean mayUnmap) {
    bytes.put(WRITE_ZEROES_MAY_UNMAP, (byte) (mayUnmap ? 1 : 0));
    return this;
  }

  private long unsigned(int offset) {
    return bytes.getInt(offset) & 0xffff_ffffL;
  }

  private BlkConfig unsigned(int offset, long value) {
    assert value >>> 32 == 0;
    bytes.putInt(offset, (int) value);
    return this;
  }
}
