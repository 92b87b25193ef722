package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MappingTest {
  private static final long GIB = 1L << 30;
  private static final int PAGE = 4096;
  private static final int HUGE_PAGE = 2 << 20;
  private static final int HUGE_PAGE_SHIFT = 21;

  private int fd = -1;

  @AfterEach
  void close() {
    Fd.close(fd);
  }

  @Test
  void shouldShareMemoryWithAllWhoMapIt() throws LinuxException {
    fd = MemFd.create("culebra-test", 4 * PAGE);
    try (Mapping one = Mapping.map(fd, 0, 4 * PAGE, true);
        Mapping other = Mapping.map(fd, PAGE, PAGE, false)) {
      Memory.putLong(one.address() + PAGE + 8, 77);
      assertEquals(77, Memory.getLong(other.address() + 8));
      assertEquals(PAGE, other.sizeBytes());
    }
  }

  @Test
  void shouldOutliveTheDescriptor() throws LinuxException {
    int closed = MemFd.create("culebra-test", PAGE);
    try (Mapping mapping = Mapping.map(closed, 0, PAGE, true)) {
      Fd.close(closed);
      Memory.putLong(mapping.address(), 1);
      assertEquals(1, Memory.getLong(mapping.address()));
    }
  }

  @Test
  void shouldMapSizesAndOffsetsThatAreNoMultipleOfAPage() throws LinuxException {
    fd = MemFd.create("culebra-test", 4 * PAGE - 100);
    NativeBuffer value = NativeBuffer.allocate(8, 8);
    Memory.putLong(value.address(), 0x1122_3344_5566_7788L);
    assertEquals(8, Files.pwrite(fd, value.address(), 8, 5000));
    value.close();
    try (Mapping mapping = Mapping.map(fd, 5000, 2 * PAGE, true)) {
      assertEquals(0x1122_3344_5566_7788L, Memory.getLong(mapping.address()));
      assertEquals(2 * PAGE, mapping.sizeBytes());
      assertEquals(4 * PAGE, mapping.mappedBytes());
    }
  }

  @Test
  void shouldReachBytesAboveTwoGiB() throws LinuxException {
    fd = MemFd.create("culebra-test", 3 * GIB);
    try (Mapping mapping = Mapping.map(fd, 0, 3 * GIB, true);
        NativeBuffer buffer = NativeBuffer.allocate(8, 8)) {
      Memory.putLong(mapping.address() + 3 * GIB - 8, 42);
      assertEquals(8, Files.pread(fd, buffer.address(), 8, 3 * GIB - 8));
      assertEquals(42, Memory.getLong(buffer.address()));
    }
  }

  @Test
  void shouldMapAnOffsetAboveTwoGiB() throws LinuxException {
    fd = MemFd.create("culebra-test", 3 * GIB);
    try (Mapping mapping = Mapping.map(fd, 2 * GIB + 24, PAGE, true);
        NativeBuffer buffer = NativeBuffer.allocate(8, 8)) {
      Memory.putLong(mapping.address(), 43);
      assertEquals(8, Files.pread(fd, buffer.address(), 8, 2 * GIB + 24));
      assertEquals(43, Memory.getLong(buffer.address()));
    }
  }

  @Test
  void shouldMapWholeHugePages() throws LinuxException {
    // nothing is touched: the machine needn't have a huge page to give
    fd = MemFd.createHuge("culebra-test", 3 * HUGE_PAGE, HUGE_PAGE_SHIFT);
    try (Mapping mapping = Mapping.map(fd, PAGE, HUGE_PAGE, true)) {
      assertEquals(2 * HUGE_PAGE, mapping.mappedBytes());
      assertEquals(PAGE, mapping.address() % HUGE_PAGE);
    }
  }

  @Test
  void shouldRefuseAnOffsetAndSizeThatOverflow() throws LinuxException {
    fd = MemFd.create("culebra-test", PAGE);
    LinuxException e =
        assertThrows(LinuxException.class, () -> Mapping.map(fd, Long.MAX_VALUE - 10, PAGE, true));
    assertEquals(
        "map fd "
            + fd
            + ": offset 0x7ffffffffffffff5, size 0x1000: offset + size is at most 2^63 - 1"
            + " and size above 0",
        e.getMessage());
    assertEquals(Errno.EINVAL, e.errno());
    assertThrows(LinuxException.class, () -> Mapping.map(fd, -PAGE, PAGE, true));
    assertThrows(LinuxException.class, () -> Mapping.map(fd, 0, 0, true));
    assertThrows(LinuxException.class, () -> Mapping.map(fd, 0, -1, true));
  }

  @Test
  void shouldRefuseARegionPastTheEndOfTheFile() throws LinuxException {
    fd = MemFd.create("culebra-test", 2 * PAGE);
    LinuxException e =
        assertThrows(LinuxException.class, () -> Mapping.map(fd, PAGE, PAGE + 1, true));
    assertEquals(
        "map fd " + fd + ": offset 0x1000, size 0x1001: past the end of the file, 0x2000",
        e.getMessage());
  }

  @Test
  void shouldRefuseWhatCannotBeMapped() throws LinuxException {
    fd = EventFd.open();
    LinuxException e = assertThrows(LinuxException.class, () -> Mapping.map(fd, 0, PAGE, true));
    assertEquals(
        "map fd " + fd + ": offset 0x0, size 0x1000: ENODEV (No such device)", e.getMessage());
    LinuxException closed =
        assertThrows(LinuxException.class, () -> Mapping.map(9999, 0, PAGE, true));
    assertEquals(Errno.EBADF, closed.errno());
  }

  @Test
  void shouldRefuseToWriteAFileThatIsOpenForReading() throws IOException {
    int readOnly = Files.open(java.nio.file.Path.of("/proc/self/exe"), Files.O_RDONLY, 0);
    LinuxException e =
        assertThrows(LinuxException.class, () -> Mapping.map(readOnly, 0, PAGE, true));
    assertEquals(Errno.EACCES, e.errno());
    Mapping.map(readOnly, 0, PAGE, false).close();
    Fd.close(readOnly);
  }

  @Test
  void shouldMapMemoryOfOurOwn() throws LinuxException {
    Mapping mapping = Mapping.anonymous(GIB + 1);
    assertEquals(0, Memory.getByte(mapping.address() + GIB));
    mapping.close();
    mapping.close();
    assertThrows(AssertionError.class, mapping::address);
  }

  @Test
  void shouldForbidToResizeASealedFile() throws LinuxException {
    fd = MemFd.create("culebra-test", PAGE);
    Files.truncate(fd, 2 * PAGE);
    MemFd.seal(fd);
    LinuxException e = assertThrows(LinuxException.class, () -> Files.truncate(fd, PAGE));
    assertEquals(Errno.EPERM, e.errno());
    assertEquals(2 * PAGE, Files.sizeBytes(fd));
  }

  @Test
  void shouldSayWhichMemFdCouldNotBeMade() {
    LinuxException e = assertThrows(LinuxException.class, () -> MemFd.create("culebra-test", -1));
    assertEquals("memfd culebra-test: size -1: EINVAL (Invalid argument)", e.getMessage());
  }
}
