package org.culebra.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  /** Guest 0x1000 to 0x3000, then a region that adjoins it, then a gap, then one more. */
  private static final MemoryRegion LOW = region(0x1000, 0x2000, 0x7f00_0000);

  private static final MemoryRegion ADJOINING = region(0x3000, 0x1000, 0x5500_0000);
  private static final MemoryRegion HIGH = region(0x1_0000_0000L, 0x8000, 0x6600_0000);
  private final GuestMemory memory = GuestMemory.of(List.of(HIGH, LOW, ADJOINING));
  private final IoVector out = new IoVector(8);

  @Test
  void shouldTranslateFirstAndLastByteOfARegion() {
    assertEquals(0x7f00_0000, memory.hostAddress(0x1000, 1));
    assertEquals(0x7f00_1fff, memory.hostAddress(0x2fff, 1));
  }

  @Test
  void shouldNotTranslateBesideARegion() {
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(0xfff, 1));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(0x4000, 1));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(0x1_0000_8000L, 1));
    assertEquals(GuestMemory.NOT_MAPPED, GuestMemory.EMPTY.hostAddress(0, 1));
  }

  @Test
  void shouldNotGiveOneAddressForARangeThatCrossesRegions() {
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(0x2fff, 2));
  }

  @Test
  void shouldAppendASegmentForEachRegionCrossed() {
    assertTrue(memory.translate(0x2f00, 0x200, out));
    assertEquals("[0x7f001f00+256 0x55000000+256]", out.toString());
  }

  @Test
  void shouldTranslateFromTheFirstRegionToTheEndOfTheLast() {
    assertTrue(memory.translate(0x1000, 0x3000, out));
    assertEquals(0x3000, out.lengthBytes());
  }

  @Test
  void shouldRefuseARangeThatRunsIntoAGap() {
    assertFalse(memory.translate(0x3fff, 2, out));
    assertFalse(memory.translate(0x1_0000_7fffL, 2, out));
  }

  @Test
  void shouldRefuseAddressesThatOverflow() {
    assertFalse(memory.translate(-1, 2, out));
    assertFalse(memory.translate(Long.MAX_VALUE, 1, out));
    assertFalse(memory.translate(0x1000, Long.MAX_VALUE, out));
    assertFalse(memory.translate(0x1000, -1, out));
    assertFalse(memory.isMapped(0x1000, -1));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(0x1000, Long.MAX_VALUE));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddress(Long.MIN_VALUE, 1));
  }

  @Test
  void shouldTakeAnEmptyRangeAtAnyAddress() {
    assertTrue(memory.translate(0xdead_0000L, 0, out));
    assertEquals(0, out.count());
  }

  @Test
  void shouldRefuseWhenTheVectorIsFull() {
    IoVector one = new IoVector(1);
    assertFalse(memory.translate(0x2f00, 0x200, one));
    assertTrue(memory.isMapped(0x2f00, 0x200));
  }

  @Test
  void shouldTellWhereMappedMemoryEnds() {
    assertEquals(0x4000, memory.mappedEnd(0x1234));
    assertEquals(0x5000, memory.mappedEnd(0x5000));
  }

  @Test
  void shouldTranslateUserAddresses() {
    assertEquals(0x5500_0010, memory.hostAddressOfUser(ADJOINING.userAddress() + 0x10, 0xff0));
    assertEquals(
        GuestMemory.NOT_MAPPED, memory.hostAddressOfUser(ADJOINING.userAddress() + 0x10, 0xff1));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddressOfUser(0x10, 1));
    assertEquals(GuestMemory.NOT_MAPPED, memory.hostAddressOfUser(-1, 1));
  }

  @Test
  void shouldRejectOverlapAndNameBothRegions() {
    MemoryRegion overlapping = region(0x2fff, 0x10, 0x100);
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class, () -> GuestMemory.of(List.of(overlapping, LOW)));
    assertEquals(
        "region " + LOW + " and region " + overlapping + ": overlap in guest addresses",
        thrown.getMessage());
  }

  @Test
  void shouldRejectARegionTwice() {
    assertThrows(IllegalArgumentException.class, () -> GuestMemory.of(List.of(LOW, LOW)));
  }

  @Test
  void shouldTake509RegionsAndFindEach() {
    List<MemoryRegion> regions =
        IntStream.range(0, GuestMemory.REGIONS_MAX)
            .mapToObj(i -> region(i * 0x2000L, 0x1000, 0x10_0000_0000L + i * 0x1000L))
            .toList();
    GuestMemory many = GuestMemory.of(regions);
    for (int i = 0; i < regions.size(); i++) {
      assertEquals(regions.get(i).hostAddress() + 0xfff, many.hostAddress(i * 0x2000L + 0xfff, 1));
      assertFalse(many.isMapped(i * 0x2000L + 0x1000, 1));
    }
  }

  @Test
  void shouldRejectMoreThan509Regions() {
    List<MemoryRegion> regions =
        IntStream.rangeClosed(0, GuestMemory.REGIONS_MAX)
            .mapToObj(i -> region(i * 0x2000L, 0x1000, i * 0x1000L))
            .toList();
    assertThrows(IllegalArgumentException.class, () -> GuestMemory.of(regions));
  }

  @Test
  void shouldListRegionsInGuestOrder() {
    assertEquals(List.of(LOW, ADJOINING, HIGH), memory.regions());
  }

  @Test
  void shouldReadALongAcrossRegions() {
    try (Arena arena = Arena.ofConfined()) {
      long low = arena.allocate(16, 8).address();
      long high = arena.allocate(16, 8).address();
      GuestMemory split =
          GuestMemory.of(
              List.of(new MemoryRegion(0, 0, 11, 0, low), new MemoryRegion(11, 11, 5, 0, high)));
      Memory.putLong(low + 3, 0x0807_0605_0403_0201L);
      Memory.putByte(high, (byte) 0x99);
      assertEquals(0x0807_0605_0403_0201L, split.getLong(3));
      assertEquals(0x9908_0706_0504_0302L, split.getLong(4));
    }
  }

  @Test
  void shouldRejectRegionsThatAreEmptyOrOverflow() {
    long nearEnd = Long.MAX_VALUE - 0xfff;
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(0, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(0, 0, -1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(nearEnd, 0, 0x1000, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(0, nearEnd, 0x1000, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(0, 0, 0x1000, nearEnd, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(0, 0, 0x1000, 0, nearEnd));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRegion(-1, 0, 1, 0, 0));
  }

  private static MemoryRegion region(long guestAddress, long sizeBytes, long hostAddress) {
    return new MemoryRegion(
        guestAddress, 0x7fff_0000_0000L + guestAddress, sizeBytes, 0, hostAddress);
  }
}
