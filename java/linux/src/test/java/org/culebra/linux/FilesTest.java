package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesTest {
  private static final int BLOCK = 4096;
  private static final int PUNCH = Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE;

  @TempDir private Path directory;
  private NativeBuffer buffer;
  private long memory;
  private Path path;
  private int fd;

  @BeforeEach
  void open() throws LinuxException {
    buffer = NativeBuffer.allocate(4 * BLOCK, BLOCK);
    memory = buffer.address();
    path = directory.resolve("f");
    fd = Files.open(path, Files.O_RDWR | Files.O_CREAT, 0600);
  }

  @AfterEach
  void close() {
    Fd.close(fd);
    buffer.close();
  }

  @Test
  void shouldReadWhatWasWritten() throws LinuxException {
    Memory.putLong(memory, 42);
    assertEquals(8, Files.pwrite(fd, memory, 8, 1000));
    assertEquals(1008, Files.sizeBytes(fd));
    assertEquals(8, Files.pread(fd, memory + BLOCK, BLOCK, 1000));
    assertEquals(42, Memory.getLong(memory + BLOCK));
    assertEquals(0, Files.pread(fd, memory, 8, 1008));
    assertEquals(0, Files.dataSync(fd));
  }

  @Test
  void shouldReachOffsetsAboveFourGiB() throws LinuxException {
    long far = 5L << 30;
    Memory.putLong(memory, 43);
    assertEquals(8, Files.pwrite(fd, memory, 8, far));
    assertEquals(8, Files.pread(fd, memory + BLOCK, 8, far));
    assertEquals(43, Memory.getLong(memory + BLOCK));
    assertEquals(far + 8, Files.sizeBytes(fd));
  }

  @Test
  void shouldMoveScatteredMemory() {
    Memory.fill(memory, BLOCK, (byte) 1);
    Memory.fill(memory + 2 * BLOCK, BLOCK, (byte) 2);
    try (IoVector vector = new IoVector(2)) {
      vector.add(memory, BLOCK);
      vector.add(memory + 2 * BLOCK, BLOCK);
      long iovec = vector.iovecAddress();
      assertEquals(2 * BLOCK, Files.pwriteVector(fd, iovec, 2, 512, Files.RWF_DSYNC));
      Memory.fill(memory, 4 * BLOCK, (byte) 0);
      assertEquals(2 * BLOCK, Files.preadVector(fd, iovec, 2, 512, 0));
    }
    assertEquals(1, Memory.getByte(memory));
    assertEquals(0, Memory.getByte(memory + BLOCK));
    assertEquals(2, Memory.getByte(memory + 3 * BLOCK - 1));
  }

  @Test
  void shouldReturnErrorsAsNumbers() {
    assertEquals(-Errno.EINVAL, Files.pread(fd, memory, 8, -1));
    assertEquals(-Errno.EBADF, Files.pwrite(9999, memory, 8, 0));
    assertEquals(-Errno.EINVAL, Files.preadVector(fd, memory, 0, -1, 0));
    assertEquals(-Errno.EINVAL, Files.pwriteVector(fd, memory, 0, -1, 0));
    assertEquals(-Errno.EBADF, Files.dataSync(9999));
    assertEquals(-Errno.EBADF, Files.allocate(9999, 0, 0, 1));
  }

  @Test
  void shouldNameTheFileThatCannotBeOpened() {
    Path missing = directory.resolve("missing");
    LinuxException e =
        assertThrows(LinuxException.class, () -> Files.open(missing, Files.O_RDONLY, 0));
    assertEquals("open " + missing + ": ENOENT (No such file or directory)", e.getMessage());
    int exclusive = Files.O_RDWR | Files.O_CREAT | Files.O_EXCL;
    LinuxException exists =
        assertThrows(LinuxException.class, () -> Files.open(path, exclusive, 0600));
    assertEquals(Errno.EEXIST, exists.errno());
  }

  @Test
  void shouldFindDataAndHoles() throws LinuxException {
    Files.truncate(fd, 16 << 20);
    assertEquals(-Errno.ENXIO, Files.seekData(fd, 0));
    assertEquals(0, Files.seekHole(fd, 0));
    Memory.fill(memory, BLOCK, (byte) 1);
    assertEquals(BLOCK, Files.pwrite(fd, memory, BLOCK, 8 << 20));
    assertEquals(8 << 20, Files.seekData(fd, 0));
    assertEquals((8 << 20) + BLOCK, Files.seekHole(fd, 8 << 20));
    assertEquals(-Errno.ENXIO, Files.seekData(fd, 16 << 20));
  }

  @Test
  void shouldPunchHoles() throws LinuxException {
    Memory.fill(memory, 4 * BLOCK, (byte) 1);
    assertEquals(4 * BLOCK, Files.pwrite(fd, memory, 4 * BLOCK, 0));
    assertEquals(0, Files.allocate(fd, PUNCH, BLOCK, BLOCK));
    assertEquals(4 * BLOCK, Files.sizeBytes(fd));
    assertEquals(BLOCK, Files.seekHole(fd, 0));
    assertEquals(2 * BLOCK, Files.pread(fd, memory, 2 * BLOCK, 0));
    assertEquals(1, Memory.getByte(memory + BLOCK - 1));
    assertEquals(0, Memory.getByte(memory + BLOCK));
  }

  @Test
  void shouldHaveNoSizeWhenItIsNoFile() throws LinuxException {
    int eventFd = EventFd.open();
    LinuxException e = assertThrows(LinuxException.class, () -> Files.sizeBytes(eventFd));
    assertEquals("size of fd " + eventFd + ": EINVAL (Invalid argument)", e.getMessage());
    Fd.close(eventFd);
  }

  @Test
  void shouldTellAnAlignmentThatDirectReadsAccept() throws LinuxException {
    assertEquals(BLOCK, Files.pwrite(fd, memory, BLOCK, 0));
    DirectIoAlignment alignment = Files.directIoAlignment(fd);
    assumeTrue(alignment.isSupported(), "the temporary directory takes no O_DIRECT");
    assertEquals(1, Integer.bitCount(alignment.offsetBytes()));
    int direct = Files.open(path, Files.O_RDONLY | Files.O_DIRECT, 0);
    long aligned = memory + alignment.memoryBytes();
    int length = alignment.offsetBytes();
    assertEquals(length, Files.pread(direct, aligned, length, 0));
    assertEquals(alignment, Files.directIoAlignment(direct));
    Fd.close(direct);
  }

  @Test
  void shouldTellWhereDirectReadsAreNotSupported() throws LinuxException {
    int status = Files.open(Path.of("/proc/self/status"), Files.O_RDONLY, 0);
    assertFalse(Files.directIoAlignment(status).isSupported());
    Fd.close(status);
  }

  @Test
  void shouldExcludeAnotherOpenFileDescription() throws LinuxException {
    int other = Files.open(path, Files.O_RDWR, 0);
    assertTrue(Files.lock(fd, 100, 1, true));
    assertFalse(Files.lock(other, 100, 1, true));
    assertFalse(Files.lock(other, 100, 1, false));
    assertTrue(Files.isLocked(other, 100, 1, false));
    assertTrue(Files.lock(other, 101, 1, true));
    Files.unlock(fd, 100, 1);
    assertFalse(Files.isLocked(other, 100, 1, true));
    assertTrue(Files.lock(other, 100, 1, true));
    Fd.close(other);
  }

  @Test
  void shouldShareLocksOfTheSharedKind() throws LinuxException {
    // as QEMU: a shared lock on byte 100 + permission says "I use it", on 200 + "nobody else may"
    int other = Files.open(path, Files.O_RDWR, 0);
    assertTrue(Files.lock(fd, 101, 1, false));
    assertTrue(Files.lock(other, 101, 1, false));
    assertFalse(Files.isLocked(other, 201, 1, true));
    assertTrue(Files.lock(fd, 201, 1, false));
    assertTrue(Files.isLocked(other, 201, 1, true));
    assertFalse(Files.isLocked(other, 201, 1, false));
    assertFalse(Files.isLocked(fd, 201, 1, true), "our own lock doesn't exclude us");
    Fd.close(other);
  }

  @Test
  void shouldGiveLocksUpWithTheLastDescriptorOfTheDescription() throws LinuxException {
    int other = Files.open(path, Files.O_RDWR, 0);
    int duplicate = Fd.duplicate(other);
    assertTrue(Files.lock(other, 0, 0, true));
    Fd.close(other);
    assertTrue(Files.isLocked(fd, 5, 1, false));
    Fd.close(duplicate);
    assertFalse(Files.isLocked(fd, 5, 1, false));
  }

  @Test
  void shouldRefuseAnExclusiveLockThroughAReader() throws LinuxException {
    int reader = Files.open(path, Files.O_RDONLY, 0);
    LinuxException e = assertThrows(LinuxException.class, () -> Files.lock(reader, 100, 1, true));
    assertEquals(
        "lock fd " + reader + ": offset 100, length 1: EBADF (Bad file descriptor)",
        e.getMessage());
    assertTrue(Files.lock(reader, 100, 1, false));
    Fd.close(reader);
  }

  @Test
  void shouldAllocateNothingWhenWarm() {
    Allocation.assertNone(20_000, this::writeAndRead);
  }

  private void writeAndRead() {
    assert Files.pwrite(fd, memory, 64, 0) == 64;
    assert Files.pread(fd, memory, 64, 0) == 64;
  }
}
