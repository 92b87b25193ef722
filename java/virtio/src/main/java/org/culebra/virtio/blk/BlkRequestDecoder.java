package org.culebra.virtio.blk;

import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * Decodes a walked chain as a block request (virtio 1.3 §5.2.6), however the driver split it.
 *
 * <pre>
 *   device-readable    0      4        8        16
 *                      +------+--------+--------+ - - - - - - - - - - - - - - +
 *                      | type |reserved| sector | data of OUT, or segments    |
 *                      +------+--------+--------+ - - - - - - - - - - - - - - +
 *   a segment          0        8            12      16
 *                      +--------+------------+-------+
 *                      | sector |num_sectors | flags |
 *                      +--------+------------+-------+
 *   device-writable    + - - - - - - - - - - +--------+
 *                      | data of IN, GET_ID  | status |
 *                      + - - - - - - - - - - +--------+
 * </pre>
 *
 * <p>Guest memory is read once, into the slot. Whatever the decision, a chain is completed: even
 * one with no room for a status byte is pushed, with length 0, for the driver waits for it.
 */
public final class BlkRequestDecoder {
  /** Checked and to be executed. */
  public static final int EXECUTE = 0;

  /** There is nothing to do: complete with OK. */
  public static final int COMPLETE_OK = 1;

  /** Complete with IOERR. */
  public static final int COMPLETE_IOERR = 2;

  /** Complete with UNSUPP. */
  public static final int COMPLETE_UNSUPP = 3;

  /** No device-writable byte, hence no status byte: framing is lost; push with length 0. */
  public static final int BROKEN_NO_STATUS = 4;

  /** Bytes of a request's header. */
  public static final int HEADER_BYTES = 16;

  /** Bytes of a segment of a discard or write zeroes. */
  public static final int SEGMENT_BYTES = 16;

  /** Binary logarithm of the bytes of a sector, whatever the logical block size is. */
  public static final int SECTOR_SHIFT = 9;

  private static final int SECTOR_OFFSET = 8;
  private static final int SECTOR_MASK = (1 << SECTOR_SHIFT) - 1;
  private static final long LOW_32 = 0xffff_ffffL;

  private BlkRequestDecoder() {}

  /**
   * Fills the slot from its buffers and decides.
   *
   * @param slot in flight, its buffers walked without fault
   * @return {@link #EXECUTE}, or how to complete it, or a BROKEN code
   */
  public static int decode(RequestSlot slot, BlkLimits limits) {
    final IoVector readable = slot.buffers.readable;
    final IoVector writable = slot.buffers.writable;
    final int last = writable.count() - 1;
    if (last < 0) {
      return BROKEN_NO_STATUS;
    }
    // The last device-writable byte, whichever descriptor it is in (§2.7.4.1).
    slot.statusAddress = writable.address(last) + writable.length(last) - 1;
    writable.dropLast(1);
    if (readable.lengthBytes() < HEADER_BYTES) {
      return COMPLETE_IOERR;
    }
    slot.type = (int) longAt(readable, 0);
    slot.sector = longAt(readable, SECTOR_OFFSET);
    readable.dropFirst(HEADER_BYTES);
    return switch (slot.type) {
      case BlkRequestType.IN -> decodeIn(slot, limits);
      case BlkRequestType.OUT -> decodeOut(slot, limits);
      case BlkRequestType.FLUSH, BlkRequestType.FLUSH_OUT -> decodeFlush(slot);
      case BlkRequestType.GET_ID -> decodeGetId(slot);
      case BlkRequestType.DISCARD -> decodeDiscard(slot, limits);
      case BlkRequestType.WRITE_ZEROES -> decodeWriteZeroes(slot, limits);
      // Secure erase, lifetime and zones aren't offered, nor is BARRIER, whose bit in the type
      // would ask for an order that we don't keep.
      default -> COMPLETE_UNSUPP;
    };
  }

  private static int decodeIn(RequestSlot slot, BlkLimits limits) {
    return decodeData(slot, slot.buffers.writable, limits);
  }

  private static int decodeOut(RequestSlot slot, BlkLimits limits) {
    if (limits.isReadOnly()) {
      return COMPLETE_IOERR;
    }
    return decodeData(slot, slot.buffers.readable, limits);
  }

  private static int decodeData(RequestSlot slot, IoVector data, BlkLimits limits) {
    final long dataBytes = data.lengthBytes();
    slot.data = data;
    slot.dataBytes = dataBytes;
    if ((dataBytes & SECTOR_MASK) != 0
        || !isInside(slot.sector, dataBytes >>> SECTOR_SHIFT, limits)) {
      return COMPLETE_IOERR;
    }
    return dataBytes == 0 ? COMPLETE_OK : EXECUTE;
  }

  /** Sector and data mean nothing here; a driver that set them gets its flush. */
  private static int decodeFlush(RequestSlot slot) {
    slot.type = BlkRequestType.FLUSH;
    slot.sector = 0;
    return EXECUTE;
  }

  /** A driver MUST give 20 bytes (§5.2.6.1); the string is cut or padded to what it gives. */
  private static int decodeGetId(RequestSlot slot) {
    slot.sector = 0;
    slot.data = slot.buffers.writable;
    slot.dataBytes = slot.data.lengthBytes();
    return EXECUTE;
  }

  private static int decodeDiscard(RequestSlot slot, BlkLimits limits) {
    if (!limits.has(BlkFeatures.DISCARD)) {
      return COMPLETE_UNSUPP;
    }
    return decodeSegments(slot, limits, limits.discard(), 0);
  }

  private static int decodeWriteZeroes(RequestSlot slot, BlkLimits limits) {
    if (!limits.has(BlkFeatures.WRITE_ZEROES)) {
      return COMPLETE_UNSUPP;
    }
    return decodeSegments(slot, limits, limits.writeZeroes(), RequestSlot.SEGMENT_UNMAP);
  }

  private static int decodeSegments(
      RequestSlot slot, BlkLimits limits, BlkLimits.Segments bounds, int flagsKnown) {
    final IoVector readable = slot.buffers.readable;
    final long count = readable.lengthBytes() / SEGMENT_BYTES;
    slot.sector = 0;
    slot.dataBytes = readable.lengthBytes();
    if (limits.isReadOnly()
        || readable.lengthBytes() % SEGMENT_BYTES != 0
        || count == 0
        || count > bounds.segmentsMax()) {
      return COMPLETE_IOERR;
    }
    int decision = COMPLETE_OK;
    for (int i = 0; i < count; i++) {
      final long sector = longAt(readable, 0);
      final long sectorsFlags = longAt(readable, SECTOR_OFFSET);
      readable.dropFirst(SEGMENT_BYTES);
      final long sectors = sectorsFlags & LOW_32;
      final int flags = (int) (sectorsFlags >>> 32);
      if ((flags & ~flagsKnown) != 0) {
        return COMPLETE_UNSUPP; // also where another segment is out of range (§5.2.6.2)
      }
      if (sectors > bounds.sectorsMax() || !isInside(sector, sectors, limits)) {
        decision = COMPLETE_IOERR;
      } else if (sectors > 0) {
        slot.addSegment(sector, sectors, flags);
      }
    }
    return decision == COMPLETE_OK && slot.segmentCount > 0 ? EXECUTE : decision;
  }

  private static boolean isInside(long sector, long sectors, BlkLimits limits) {
    // No overflow: sectors is at most 2^32, and a sector at or above 2^63 is negative.
    return sector >= 0 && sector <= limits.capacitySectors() - sectors;
  }

  /** Returns 64 little-endian bits at a small offset of bytes that may be split anywhere. */
  private static long longAt(IoVector bytes, int offset) {
    if (bytes.length(0) >= offset + Long.BYTES) {
      return Memory.getLong(bytes.address(0) + offset);
    }
    long value = 0;
    int segment = 0;
    long skipped = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      while (offset + i - skipped >= bytes.length(segment)) {
        skipped += bytes.length(segment);
        segment++;
      }
      final long address = bytes.address(segment) + (offset + i - skipped);
      value |= (Memory.getByte(address) & 0xffL) << (i * Byte.SIZE);
    }
    return value;
  }
}
