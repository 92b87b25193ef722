package org.culebra.virtio;

import static org.culebra.virtio.GuestDriver.Desc.indirect;
import static org.culebra.virtio.GuestDriver.Desc.readable;
import static org.culebra.virtio.GuestDriver.Desc.writable;
import static org.culebra.virtio.GuestDriver.chained;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.culebra.guest.GuestMemory;
import org.culebra.guest.MemoryRegion;
import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.GuestDriver.Desc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DescriptorChainTest {
  private static final long DATA = GuestDriver.LOW + 0x4_0000;
  private final GuestDriver guest = new GuestDriver(8, FeatureBits.INDIRECT_DESC);
  private final SplitVirtqueue queue = guest.device();
  private final ChainBuffers out = new ChainBuffers();

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    out.close();
    guest.close();
  }

  @Test
  @Spec("virtio 1.3 §2.7.5")
  void shouldCollectReadableAndWritableBuffers() {
    guest.offerChain(readable(DATA, 16), writable(DATA + 0x1000, 512), writable(DATA + 0x2000, 1));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals("[" + at(DATA, 16) + "]", out.readable.toString());
    assertEquals(
        "[" + at(DATA + 0x1000, 512) + " " + at(DATA + 0x2000, 1) + "]", out.writable.toString());
  }

  @Test
  void shouldFollowNextInAnyOrder() {
    guest.offerRaw(
        readable(DATA, 1).flags(SplitRing.DESC_F_NEXT).next(7),
        writable(DATA + 0x30, 3),
        readable(0, 0),
        readable(0, 0),
        readable(0, 0),
        readable(0, 0),
        readable(0, 0),
        readable(DATA + 0x20, 2).flags(SplitRing.DESC_F_NEXT).next(1));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals("[" + at(DATA, 1) + " " + at(DATA + 0x20, 2) + "]", out.readable.toString());
    assertEquals("[" + at(DATA + 0x30, 3) + "]", out.writable.toString());
  }

  @Test
  void shouldForgetTheChainBefore() {
    guest.offerChain(readable(DATA, 16), writable(DATA + 0x1000, 512));
    walk();
    guest.offerChain(writable(DATA, 1));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(0, out.readable.lengthBytes());
    assertEquals(1, out.writable.lengthBytes());
  }

  @Test // pitfall 33
  void shouldTakeDescriptorsOfLengthZeroAnywhere() {
    guest.offerChain(
        readable(DATA, 0),
        readable(DATA, 16),
        readable(0xdead_0000_0000L, 0),
        writable(DATA + 64, 0),
        writable(DATA + 64, 1),
        writable(0, 0));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(16, out.readable.lengthBytes());
    assertEquals(1, out.writable.lengthBytes());
  }

  @Test
  void shouldTakeADirectChainOfTheQueueSize() {
    Desc[] chain = new Desc[8];
    Arrays.setAll(chain, i -> readable(DATA + i * 32L, 1));
    guest.offerChain(chain);
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(8, out.readable.count());
  }

  @Test // pitfall 11: CVE-2018-1059
  void shouldSplitABufferThatCrossesRegions() {
    guest.offerChain(writable(GuestDriver.ADJOINING - 100, 300));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(
        "[" + at(GuestDriver.ADJOINING - 100, 100) + " " + at(GuestDriver.ADJOINING, 200) + "]",
        out.writable.toString());
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3")
  void shouldFollowAnIndirectTable() {
    guest.table(guest.host(DATA), chained(readable(DATA + 0x100, 16), writable(DATA + 0x200, 2)));
    guest.offerChain(indirect(DATA, 32));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(16, out.readable.lengthBytes());
    assertEquals(2, out.writable.lengthBytes());
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3.2")
  void shouldIgnoreWriteOfTheDescriptorThatRefersToATable() {
    guest.table(guest.host(DATA), chained(readable(DATA + 0x100, 16), writable(DATA + 0x200, 2)));
    guest.offerRaw(indirect(DATA, 32).flags(SplitRing.DESC_F_INDIRECT | SplitRing.DESC_F_WRITE));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(16, out.readable.lengthBytes());
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3.2")
  void shouldFollowATableAfterDirectDescriptors() {
    guest.table(guest.host(DATA), chained(readable(DATA + 0x100, 5), writable(DATA + 0x200, 2)));
    guest.offerChain(readable(DATA + 0x300, 16), readable(DATA + 0x400, 1), indirect(DATA, 32));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(22, out.readable.lengthBytes());
    assertEquals(2, out.writable.lengthBytes());
  }

  @Test // pitfall 34: Windows sends 512 buffers of data, header, status and one more
  void shouldTakeWindowsChainOf515OnAQueueOf8() {
    Desc[] chain = new Desc[515];
    Arrays.setAll(chain, i -> writable(DATA + i * 64L, 32));
    chain[0] = readable(GuestDriver.ALONE, 16);
    long table = guest.allocate(515 * 16);
    guest.table(table, chained(chain));
    guest.offerChain(indirect(guest.guest(table), 515 * 16));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(514, out.writable.count());
  }

  @Test // pitfall 34: the limit itself
  void shouldTakeAnIndirectTableOf1024() {
    Desc[] chain = new Desc[DescriptorChain.INDIRECT_DESCRIPTORS_MAX];
    Arrays.setAll(chain, i -> writable(DATA + i * 64L, 32));
    long table = guest.allocate(1024 * 16);
    guest.table(table, chained(chain));
    guest.offerChain(indirect(guest.guest(table), 1024 * 16));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(1024, out.writable.count());
  }

  @Test // pitfall 25
  void shouldReadATableThatCrossesRegionsWithinADescriptor() {
    long table = GuestDriver.ADJOINING - 16 - 12;
    long scratch = guest.allocate(48);
    guest.table(
        scratch, chained(readable(DATA, 16), writable(DATA + 64, 512), writable(DATA + 1024, 1)));
    copyToGuest(scratch, table, 48);
    guest.offerChain(indirect(table, 48));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals("[" + at(DATA, 16) + "]", out.readable.toString());
    assertEquals(
        "[" + at(DATA + 64, 512) + " " + at(DATA + 1024, 1) + "]", out.writable.toString());
  }

  @Test
  void shouldReadAMisalignedTable() {
    long table = guest.allocate(64) + 3;
    guest.table(table, chained(readable(DATA, 16), writable(DATA + 64, 1)));
    guest.offerChain(indirect(guest.guest(table), 32));
    assertEquals(DescriptorChain.OK, walk());
    assertEquals(16, out.readable.lengthBytes());
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.2")
  void shouldTakeAChainOf2To32BytesAndNotOneMore() {
    long half = 1L << 31;
    // Nothing of the data is touched by a walk, so no memory needs to stand behind the region.
    GuestMemory huge = GuestMemory.of(List.of(new MemoryRegion(0, 0, half, 0, half)));
    guest.offerChain(writable(0, half), writable(0, half), writable(0, 0));
    assertEquals(DescriptorChain.OK, DescriptorChain.walk(queue, 0, huge, out));
    assertEquals(1L << 32, out.writable.lengthBytes());
    guest.offerChain(writable(0, half), writable(0, half), writable(0, 1));
    assertEquals(DescriptorChain.TOTAL_TOO_LONG, DescriptorChain.walk(queue, 0, huge, out));
  }

  private int walk() {
    return DescriptorChain.walk(queue, 0, guest.memory, out);
  }

  private String at(long guestAddress, long lengthBytes) {
    return "0x" + Long.toHexString(guest.host(guestAddress)) + "+" + lengthBytes;
  }

  private void copyToGuest(long fromAddress, long guestAddress, int lengthBytes) {
    for (int i = 0; i < lengthBytes; i++) {
      Memory.copy(fromAddress + i, guest.host(guestAddress + i), 1);
    }
  }
}
