package org.culebra.virtio.blk;

import java.util.Arrays;
import org.culebra.guest.GuestMemory;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.ChainBuffers;

/**
 * The place of one head's request, from its fetch to its completion. Confined to the thread that
 * owns the queue.
 *
 * <p>Used again and again; what it needs beyond its fields (vectors, segments) is made at first use
 * and kept, so that an idle queue costs little.
 */
public final class RequestSlot implements AutoCloseable {
  /** How many segments a discard or write zeroes may have at most, whatever the limits say. */
  public static final int SEGMENTS_MAX = 256;

  /** Flag of a segment: a write zeroes may deallocate it. */
  public static final int SEGMENT_UNMAP = 1;

  private static final int SEGMENTS_INITIAL = 4;
  private static final long[] NO_SEGMENTS = new long[0];
  private static final int[] NO_FLAGS = new int[0];

  /** The head whose slot this is. */
  public final int head;

  /** The chain's buffers; decoding takes the header and the status byte away from them. */
  public final ChainBuffers buffers = new ChainBuffers();

  /** Whether its request isn't completed yet. */
  public boolean inflight;

  /** Counts its requests, so that a late answer to a former one is recognised. */
  public int generation;

  /** When its request was fetched, in the agent's nanoseconds. */
  public long fetchedNs;

  /** The guest memory its request was walked with, as long as it is in flight; else null. */
  public GuestMemory memory;

  /** A number of {@link BlkRequestType}, or an unknown one. */
  public int type;

  /** Where a read or write begins. */
  public long sector;

  /** The bytes to write from or read to: {@code buffers.readable} or {@code buffers.writable}. */
  public IoVector data;

  /** How many bytes of data the request has. */
  public long dataBytes;

  /** Host address of the status byte; 0 when there is none. */
  public long statusAddress;

  /** How many segments a discard or write zeroes has; those of 0 sectors are left out. */
  public int segmentCount;

  /** Where each segment begins, in sectors. */
  public long[] segmentSector = NO_SEGMENTS;

  /** How many sectors each segment has, above 0. */
  public long[] segmentSectors = NO_SEGMENTS;

  /** Each segment's flags: {@link #SEGMENT_UNMAP}. */
  public int[] segmentFlags = NO_FLAGS;

  /** What the used element's len will say, as unsigned 32 bits; set by {@link #complete}. */
  public int writtenBytes;

  /** Makes the slot of a head. */
  public RequestSlot(int head) {
    this.head = head;
  }

  /** Takes the slot for a request just fetched. */
  public void begin(GuestMemory memory, long fetchedNs) {
    assert !inflight;
    this.inflight = true;
    this.generation++;
    this.memory = memory;
    this.fetchedNs = fetchedNs;
    this.data = null;
    this.dataBytes = 0;
    this.statusAddress = 0;
    this.segmentCount = 0;
    this.writtenBytes = 0;
  }

  /**
   * Writes the status byte and gives the slot back; the caller then pushes {@link #writtenBytes}.
   *
   * <p>The used len counts bytes written from the first device-writable one on (virtio 1.3
   * §2.7.8.2): all of them after a success, and 0 when data before the status byte may be missing.
   *
   * @param status of {@link BlkStatus}
   */
  public void complete(int status) {
    assert inflight;
    if (statusAddress != 0) {
      Memory.putByte(statusAddress, (byte) status);
      final long writableBytes = buffers.writable.lengthBytes();
      final boolean isWhole = writableBytes == 0 || status == BlkStatus.OK && isRead();
      writtenBytes = isWhole ? (int) (writableBytes + 1) : 0;
    }
    inflight = false;
    memory = null;
  }

  /** Frees what was made at first use. */
  @Override
  public void close() {
    assert !inflight;
    buffers.close();
    data = null;
  }

  /** Appends a segment of a discard or write zeroes. */
  void addSegment(long sector, long sectors, int flags) {
    if (segmentCount == segmentSector.length) {
      final int grown = Math.clamp(segmentCount * 2L, SEGMENTS_INITIAL, SEGMENTS_MAX);
      segmentSector = Arrays.copyOf(segmentSector, grown);
      segmentSectors = Arrays.copyOf(segmentSectors, grown);
      segmentFlags = Arrays.copyOf(segmentFlags, grown);
    }
    segmentSector[segmentCount] = sector;
    segmentSectors[segmentCount] = sectors;
    segmentFlags[segmentCount] = flags;
    segmentCount++;
  }

  /** Returns whether executing it fills every byte of {@link #data}. */
  private boolean isRead() {
    return type == BlkRequestType.IN || type == BlkRequestType.GET_ID;
  }

  @Override
  public String toString() {
    return "head %d generation %d %s sector %d data %d"
        .formatted(head, generation, BlkRequestType.name(type), sector, dataBytes);
  }
}
