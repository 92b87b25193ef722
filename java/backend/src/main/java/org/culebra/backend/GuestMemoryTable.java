package org.culebra.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.guest.GuestMemory;
import org.culebra.guest.MemoryRegion;
import org.culebra.vhostuser.RegionDescription;
import org.culebra.virtio.SplitVirtqueue;

/**
 * The regions a front-end shared, mapped: a new table for each change. Confined to the control
 * thread; the {@link GuestMemory} it offers is immutable and goes to the agents.
 */
final class GuestMemoryTable {
  /** Regions that fit: what the front-end is told by GET_MAX_MEM_SLOTS. */
  static final int REGIONS_MAX = 509;

  private record Mapped(RegionDescription description, Host.MappedMemory memory) {}

  private final Host host;
  private final List<Mapped> regions;
  private final GuestMemory memory;

  GuestMemoryTable(Host host) {
    this(host, List.of());
  }

  private GuestMemoryTable(Host host, List<Mapped> regions) {
    this.host = host;
    this.regions = regions;
    List<MemoryRegion> mapped = new ArrayList<>();
    for (Mapped region : regions) {
      RegionDescription description = region.description();
      mapped.add(
          new MemoryRegion(
              description.guestAddress(),
              description.userAddress(),
              description.sizeBytes(),
              description.mmapOffset(),
              region.memory().address()));
    }
    this.memory = GuestMemory.of(mapped);
  }

  GuestMemory memory() {
    return memory;
  }

  boolean isFull() {
    return regions.size() >= REGIONS_MAX;
  }

  /**
   * Returns a table with a region more.
   *
   * @throws IOException when it can't be mapped
   * @throws IllegalArgumentException when it overlaps another
   */
  GuestMemoryTable plus(RegionDescription description, int fd) throws IOException {
    Host.MappedMemory mapped = host.map(fd, description.mmapOffset(), description.sizeBytes());
    List<Mapped> more = new ArrayList<>(regions);
    more.add(new Mapped(description, mapped));
    try {
      return new GuestMemoryTable(host, more);
    } catch (IllegalArgumentException e) {
      mapped.close();
      throw e;
    }
  }

  /** Returns a table without a region; null when there is none with these addresses and size. */
  GuestMemoryTable minus(RegionDescription description) {
    List<Mapped> fewer = new ArrayList<>(regions);
    boolean removed =
        fewer.removeIf(
            region ->
                region.description().guestAddress() == description.guestAddress()
                    && region.description().userAddress() == description.userAddress()
                    && region.description().sizeBytes() == description.sizeBytes());
    return removed ? new GuestMemoryTable(host, fewer) : null;
  }

  /** Unmaps the regions that another table, which took this one's place, doesn't have. */
  void closeAllBut(GuestMemoryTable successor) {
    for (Mapped region : regions) {
      if (!successor.regions.contains(region)) {
        region.memory().close();
      }
    }
  }

  /**
   * Returns the address here of a part of a ring.
   *
   * @throws IllegalArgumentException with value and rule
   */
  long ringPart(String part, long userAddress, long sizeBytes) {
    long address = memory.hostAddressOfUser(userAddress, sizeBytes);
    if (address == GuestMemory.NOT_MAPPED) {
      throw new IllegalArgumentException(
          part
              + " at user address 0x"
              + Long.toHexString(userAddress)
              + " of "
              + sizeBytes
              + " bytes: not inside one region");
    }
    if (address % SplitVirtqueue.RING_ALIGNMENT != 0) {
      throw new IllegalArgumentException(
          part
              + " at user address 0x"
              + Long.toHexString(userAddress)
              + ": not aligned to "
              + SplitVirtqueue.RING_ALIGNMENT);
    }
    return address;
  }
}
