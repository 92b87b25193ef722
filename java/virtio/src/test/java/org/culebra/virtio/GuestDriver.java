package org.culebra.virtio;

import java.lang.foreign.Arena;
import java.util.List;
import org.culebra.guest.GuestMemory;
import org.culebra.guest.MemoryRegion;
import org.culebra.linux.Memory;
import org.culebra.virtio.driver.GuestMapping;
import org.culebra.virtio.driver.SplitDriver;
import org.culebra.virtio.driver.SplitRingLayout;

/**
 * A guest with memory and a virtqueue, that offers chains of any kind, legal or not.
 *
 * <p>Its memory is three regions; the second adjoins the first in guest addresses but not here, the
 * third stands alone. Before, between and behind them here lie canaries, which no device may touch.
 */
public final class GuestDriver implements AutoCloseable {
  /** Guest address of the region that holds the rings and what {@link #allocate} gives. */
  public static final long LOW = 0x10_0000;

  /** Bytes of it. */
  public static final long LOW_BYTES = 0x8_0000;

  /** Guest address of the region that adjoins it. */
  public static final long ADJOINING = LOW + LOW_BYTES;

  /** Bytes of it. */
  public static final long ADJOINING_BYTES = 0x1_0000;

  /** Guest address of the region that stands alone. */
  public static final long ALONE = 0x40_0000;

  /** Bytes of it. */
  public static final long ALONE_BYTES = 0x1_0000;

  private static final long CANARY_BYTES = 0x4000;
  private static final byte CANARY = (byte) 0xc5;

  private final Arena arena = Arena.ofShared();
  private final long hostAddress;
  private final long hostBytes;
  private final long features;

  /** The regions as the device has them. */
  public final GuestMemory memory;

  /** Where the rings are. */
  public final SplitRingLayout layout;

  /** The driver's side of the queue. */
  public final SplitDriver driver;

  private long nextFree;

  /** Makes a guest. */
  public GuestDriver(int queueSize, int... featureBits) {
    long set = 0;
    for (int bit : featureBits) {
      set |= FeatureBits.mask(bit);
    }
    features = set;
    hostBytes = LOW_BYTES + ADJOINING_BYTES + ALONE_BYTES + 4 * CANARY_BYTES;
    hostAddress = arena.allocate(hostBytes, 4096).address();
    Memory.fill(hostAddress, hostBytes, CANARY);
    long low = hostAddress + CANARY_BYTES;
    // The third region comes first here, so that addresses cannot match by accident.
    long alone = low + LOW_BYTES + CANARY_BYTES;
    long adjoining = alone + ALONE_BYTES + CANARY_BYTES;
    memory =
        GuestMemory.of(
            List.of(
                new MemoryRegion(LOW, LOW, LOW_BYTES, 0, low),
                new MemoryRegion(ADJOINING, ADJOINING, ADJOINING_BYTES, 0, adjoining),
                new MemoryRegion(ALONE, ALONE, ALONE_BYTES, 0, alone)));
    memory.regions().forEach(r -> Memory.fill(r.hostAddress(), r.sizeBytes(), (byte) 0));
    layout = SplitRingLayout.contiguous(low, queueSize);
    driver = new SplitDriver(layout, new GuestMapping(low, LOW, LOW_BYTES), features);
    nextFree = low + SplitRingLayout.sizeBytes(queueSize);
  }

  /** Makes the device's side of the queue as it starts on these rings. */
  public SplitVirtqueue device() {
    return device(0);
  }

  /** Makes the device's side of the queue, fetching from an index on. */
  public SplitVirtqueue device(int lastAvailIdx) {
    return new SplitVirtqueue(
        2,
        layout.queueSize(),
        layout.descriptorTableAddress(),
        layout.availableRingAddress(),
        layout.usedRingAddress(),
        features,
        lastAvailIdx);
  }

  /** Returns the negotiated features. */
  public long features() {
    return features;
  }

  /** Returns the host address of zeroed memory of the first region, aligned to 64. */
  public long allocate(long sizeBytes) {
    long address = (nextFree + 63) & -64;
    nextFree = address + sizeBytes;
    assert nextFree <= host(LOW + LOW_BYTES - 1) + 1;
    return address;
  }

  /** Returns the host address of a mapped guest address. */
  public long host(long guestAddress) {
    return memory.hostAddress(guestAddress, 1);
  }

  /** Returns the guest address of a host address in the first region. */
  public long guest(long address) {
    return address - host(LOW) + LOW;
  }

  /** Writes descriptors from index 0 on as they are given, and offers head 0 to the device. */
  public void offerRaw(Desc... descriptors) {
    table(layout.descriptorTableAddress(), descriptors);
    driver.offerHead(0);
    driver.publish();
  }

  /** Writes descriptors from index 0 on, chained one after the other, and offers head 0. */
  public void offerChain(Desc... descriptors) {
    offerRaw(chained(descriptors));
  }

  /** Writes a table of descriptors. */
  public void table(long address, Desc... descriptors) {
    for (int i = 0; i < descriptors.length; i++) {
      long at = address + (long) i * SplitRing.DESCRIPTOR_BYTES;
      Memory.putLong(at + SplitRing.DESCRIPTOR_ADDR, descriptors[i].addr);
      Memory.putInt(at + SplitRing.DESCRIPTOR_LEN, (int) descriptors[i].len);
      Memory.putShort(at + SplitRing.DESCRIPTOR_FLAGS, descriptors[i].flags);
      Memory.putShort(at + SplitRing.DESCRIPTOR_NEXT, descriptors[i].next);
    }
  }

  /** Sets NEXT and next so that descriptors follow each other. */
  public static Desc[] chained(Desc... descriptors) {
    Desc[] chain = new Desc[descriptors.length];
    for (int i = 0; i < chain.length; i++) {
      Desc d = descriptors[i];
      boolean isLast = i == chain.length - 1;
      chain[i] =
          new Desc(
              d.addr, d.len, d.flags | (isLast ? 0 : SplitRing.DESC_F_NEXT), isLast ? 0 : i + 1);
    }
    return chain;
  }

  /** Returns whether nobody wrote outside the regions. */
  public boolean isCanaryIntact() {
    long at = hostAddress;
    long[] sizes = {LOW_BYTES, ALONE_BYTES, ADJOINING_BYTES, 0};
    for (long size : sizes) {
      for (long i = 0; i < CANARY_BYTES; i++) {
        if (Memory.getByte(at + i) != CANARY) {
          return false;
        }
      }
      at += CANARY_BYTES + size;
    }
    return at == hostAddress + hostBytes;
  }

  @Override
  public void close() {
    arena.close();
  }

  /** A descriptor as it stands in a table. */
  public record Desc(long addr, long len, int flags, int next) {
    /** Makes a device-readable one. */
    public static Desc readable(long guestAddress, long len) {
      return new Desc(guestAddress, len, 0, 0);
    }

    /** Makes a device-writable one. */
    public static Desc writable(long guestAddress, long len) {
      return new Desc(guestAddress, len, SplitRing.DESC_F_WRITE, 0);
    }

    /** Makes one that refers to a table. */
    public static Desc indirect(long guestAddress, long len) {
      return new Desc(guestAddress, len, SplitRing.DESC_F_INDIRECT, 0);
    }

    /** Returns it with other flags. */
    public Desc flags(int otherFlags) {
      return new Desc(addr, len, otherFlags, next);
    }

    /** Returns it with another next. */
    public Desc next(int otherNext) {
      return new Desc(addr, len, flags, otherNext);
    }
  }
}
