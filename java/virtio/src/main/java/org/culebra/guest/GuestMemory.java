package org.culebra.guest;

import java.util.Comparator;
import java.util.List;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * The regions of one guest's memory, and the translation of its addresses to ours. Immutable.
 *
 * <p>Only addresses are dealt in: whether they may still be touched is a matter of who holds the
 * instance. A guest address at or above 2^63 is mapped by no region.
 */
public final class GuestMemory {
  /** How many regions there may be, as many as QEMU offers memory slots. */
  public static final int REGIONS_MAX = 509;

  /** What a translation to one address returns when the bytes aren't mapped in one region. */
  public static final long NOT_MAPPED = -1;

  /** No memory at all. */
  public static final GuestMemory EMPTY = new GuestMemory(List.of());

  private final List<MemoryRegion> regions;
  private final long[] guestStarts;
  private final long[] guestEnds;
  private final long[] hostMinusGuest;

  private GuestMemory(List<MemoryRegion> sorted) {
    regions = sorted;
    guestStarts = sorted.stream().mapToLong(MemoryRegion::guestAddress).toArray();
    guestEnds = sorted.stream().mapToLong(MemoryRegion::guestEnd).toArray();
    hostMinusGuest =
        sorted.stream().mapToLong(region -> region.hostAddress() - region.guestAddress()).toArray();
  }

  /**
   * Makes guest memory of regions in any order.
   *
   * @throws IllegalArgumentException if two overlap in guest addresses, or there are more than
   *     {@link #REGIONS_MAX}
   */
  public static GuestMemory of(List<MemoryRegion> regions) {
    if (regions.size() > REGIONS_MAX) {
      throw new IllegalArgumentException(
          "%d memory regions: more than %d".formatted(regions.size(), REGIONS_MAX));
    }
    List<MemoryRegion> sorted =
        regions.stream().sorted(Comparator.comparingLong(MemoryRegion::guestAddress)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).guestAddress() < sorted.get(i - 1).guestEnd()) {
        throw new IllegalArgumentException(
            "region %s and region %s: overlap in guest addresses"
                .formatted(sorted.get(i - 1), sorted.get(i)));
      }
    }
    return new GuestMemory(sorted);
  }

  /**
   * Appends the memory of a range of guest addresses to a vector, one segment for each region that
   * the range crosses. An empty range is mapped, whatever its address.
   *
   * @param lengthBytes 0 to 2^63 - 1
   * @return false when any byte isn't mapped or the vector is full; what was appended until then
   *     stays in it
   */
  public boolean translate(long guestAddress, long lengthBytes, IoVector out) {
    if (lengthBytes == 0) {
      return true;
    }
    final long[] guestStarts = this.guestStarts;
    final long[] guestEnds = this.guestEnds;
    int i = find(guestAddress);
    if (i < 0 || lengthBytes < 0) {
      return false;
    }
    long address = guestAddress;
    long left = lengthBytes;
    while (true) {
      final long take = Math.min(left, guestEnds[i] - address);
      if (!out.add(address + hostMinusGuest[i], take)) {
        return false;
      }
      left -= take;
      if (left == 0) {
        return true;
      }
      address += take; // no overflow: at most the region's end, which is below 2^63
      i++;
      if (i == guestStarts.length || guestStarts[i] != address) {
        return false;
      }
    }
  }

  /** Returns the address here of a range of guest addresses, or {@link #NOT_MAPPED}. */
  public long hostAddress(long guestAddress, long lengthBytes) {
    final int i = find(guestAddress);
    if (i < 0 || lengthBytes < 0 || lengthBytes > guestEnds[i] - guestAddress) {
      return NOT_MAPPED;
    }
    return guestAddress + hostMinusGuest[i];
  }

  /** Returns the address here of a range of the front-end's addresses, or {@link #NOT_MAPPED}. */
  public long hostAddressOfUser(long userAddress, long lengthBytes) {
    for (MemoryRegion region : regions) {
      final long offset = userAddress - region.userAddress();
      if (offset >= 0
          && offset < region.sizeBytes()
          && lengthBytes >= 0
          && lengthBytes <= region.sizeBytes() - offset) {
        return region.hostAddress() + offset;
      }
    }
    return NOT_MAPPED;
  }

  /** Returns whether every byte of a range of guest addresses is mapped, in one region or more. */
  public boolean isMapped(long guestAddress, long lengthBytes) {
    return lengthBytes == 0
        || lengthBytes > 0 && lengthBytes <= mappedEnd(guestAddress) - guestAddress;
  }

  /**
   * Returns the first guest address from the given one on that isn't mapped: the given one itself,
   * or the end of the adjoining regions it lies in.
   */
  public long mappedEnd(long guestAddress) {
    int i = find(guestAddress);
    if (i < 0) {
      return guestAddress;
    }
    while (i + 1 < guestStarts.length && guestStarts[i + 1] == guestEnds[i]) {
      i++;
    }
    return guestEnds[i];
  }

  /**
   * Returns the 64 bits at a guest address, which may lie on both sides of a region's end.
   *
   * @param guestAddress of 8 mapped bytes
   */
  public long getLong(long guestAddress) {
    final long host = hostAddress(guestAddress, Long.BYTES);
    if (host != NOT_MAPPED) {
      return Memory.getLong(host);
    }
    assert isMapped(guestAddress, Long.BYTES);
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value |= (Memory.getByte(hostAddress(guestAddress + i, 1)) & 0xffL) << (i * Byte.SIZE);
    }
    return value;
  }

  /** Returns the regions in the order of their guest addresses. */
  public List<MemoryRegion> regions() {
    return regions;
  }

  @Override
  public String toString() {
    return regions.toString();
  }

  /** Returns the region that holds an address, or -1. */
  private int find(long guestAddress) {
    final long[] guestStarts = this.guestStarts;
    int low = 0;
    int high = guestStarts.length - 1;
    while (low <= high) {
      final int middle = (low + high) >>> 1;
      if (guestStarts[middle] <= guestAddress) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high >= 0 && guestAddress < guestEnds[high] ? high : -1;
  }
}
