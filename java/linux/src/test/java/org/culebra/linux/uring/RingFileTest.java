package org.culebra.linux.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.Files;
import org.culebra.linux.IoVector;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;
import org.culebra.linux.NativeBuffer;
import org.culebra.linux.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class RingFileTest {
  private static final int BLOCK = 4096;
  private static final long FOR_EVER = -1;

  @TempDir private Path directory;
  private Ring ring;
  private NativeBuffer buffer;
  private long memory;
  private int fd;

  @BeforeEach
  void open() throws LinuxException {
    assumeTrue(Uring.isAvailable(), "io_uring is forbidden here");
    ring = new Ring(8);
    buffer = NativeBuffer.allocate(4 * BLOCK, BLOCK);
    memory = buffer.address();
    fd = Files.open(directory.resolve("f"), Files.O_RDWR | Files.O_CREAT, 0600);
  }

  @AfterEach
  void close() {
    if (ring != null) {
      Fd.close(fd);
      ring.close();
      buffer.close();
    }
  }

  private int complete() {
    assertEquals(1, ring.submitAndWait(1, FOR_EVER));
    int result = ring.cq().result(0);
    ring.cq().advance(1);
    return result;
  }

  private void fillBlock(int block, int value) {
    Memory.fill(memory + (long) block * BLOCK, BLOCK, (byte) value);
  }

  private int firstByte(int block) {
    return Memory.getByte(memory + (long) block * BLOCK);
  }

  @Test
  void shouldWriteAndReadScatteredMemory() {
    fillBlock(0, 1);
    fillBlock(2, 2);
    try (IoVector vector = new IoVector(2)) {
      vector.add(memory, BLOCK);
      vector.add(memory + 2 * BLOCK, BLOCK);
      ring.sq().next().writev(fd, vector.iovecAddress(), 2, 512);
      assertEquals(2 * BLOCK, complete());
      fillBlock(0, 0);
      fillBlock(2, 0);
      ring.sq().next().readv(fd, vector.iovecAddress(), 2, 512);
      assertEquals(2 * BLOCK, complete());
    }
    assertEquals(1, firstByte(0));
    assertEquals(2, firstByte(2));
  }

  @Test
  void shouldWriteAndReadOnePiece() {
    fillBlock(0, 3);
    ring.sq().next().write(fd, memory, BLOCK, 5).rwFlags(Files.RWF_DSYNC);
    assertEquals(BLOCK, complete());
    ring.sq().next().read(fd, memory + BLOCK, BLOCK, 5);
    assertEquals(BLOCK, complete());
    assertEquals(3, firstByte(1));
    ring.sq().next().read(fd, memory, BLOCK, 5 + BLOCK);
    assertEquals(0, complete());
  }

  @Test
  void shouldUseRegisteredMemoryAndFiles() throws LinuxException {
    ring.registerBuffers(memory, 2 * BLOCK, memory + 2 * BLOCK, 2 * BLOCK);
    ring.registerFiles(-1, fd);
    fillBlock(1, 4);
    ring.sq().next().writeFixed(1, memory + BLOCK, BLOCK, 0, 0).flags(Sqe.IOSQE_FIXED_FILE);
    assertEquals(BLOCK, complete());
    ring.sq().next().readFixed(1, memory + 3 * BLOCK, BLOCK, 0, 1).flags(Sqe.IOSQE_FIXED_FILE);
    assertEquals(BLOCK, complete());
    assertEquals(4, firstByte(3));
    ring.unregisterBuffers();
    ring.unregisterFiles();
    ring.sq().next().readFixed(fd, memory, BLOCK, 0, 0);
    assertEquals(-Errno.EFAULT, complete());
  }

  @Test
  void shouldRefuseMemoryOutsideTheRegisteredPiece() throws LinuxException {
    ring.registerBuffers(memory, BLOCK);
    ring.sq().next().readFixed(fd, memory + BLOCK - 512, 1024, 0, 0);
    assertEquals(-Errno.EFAULT, complete());
  }

  @Test
  void shouldSayWhatCannotBeRegistered() {
    LinuxException files = assertThrows(LinuxException.class, () -> ring.registerFiles(fd, 9999));
    assertEquals(
        "register files [" + fd + ", 9999]: EBADF (Bad file descriptor)", files.getMessage());
    LinuxException buffers =
        assertThrows(LinuxException.class, () -> ring.registerBuffers(0x1000, BLOCK));
    assertEquals("register 1 buffers: EFAULT (Bad address)", buffers.getMessage());
    assertThrows(LinuxException.class, () -> ring.unregisterFiles());
  }

  @Test
  void shouldMakeWritesDurable() {
    ring.sq().next().fsync(fd, true);
    assertEquals(0, complete());
    ring.sq().next().fsync(fd, false);
    assertEquals(0, complete());
  }

  @Test
  void shouldAllocateBlocksAndPunchHoles() throws LinuxException {
    ring.sq().next().fallocate(fd, 0, 0, 4 * BLOCK);
    assertEquals(0, complete());
    assertEquals(4 * BLOCK, Files.sizeBytes(fd));
    fillBlock(0, 5);
    assertEquals(BLOCK, Files.pwrite(fd, memory, BLOCK, BLOCK));
    int punch = Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE;
    ring.sq().next().fallocate(fd, punch, BLOCK, BLOCK);
    assertEquals(0, complete());
    assertEquals(BLOCK, Files.pread(fd, memory, BLOCK, BLOCK));
    assertEquals(0, firstByte(0));
  }

  @Test
  void shouldMoveMessagesBetweenSockets() throws LinuxException {
    int[] pair = Sockets.pair();
    fillBlock(0, 6);
    try (IoVector vector = IoVector.of(memory, BLOCK);
        IoVector into = IoVector.of(memory + BLOCK, BLOCK);
        NativeBuffer message = NativeBuffer.allocate(SocketMessage.BYTES, 8)) {
      SocketMessage.put(message.address(), vector.iovecAddress(), 1);
      ring.sq().next().sendmsg(pair[0], message.address(), 0);
      assertEquals(BLOCK, complete());
      SocketMessage.put(message.address(), into.iovecAddress(), 1);
      ring.sq().next().recvmsg(pair[1], message.address(), SocketMessage.MSG_WAITALL);
      assertEquals(BLOCK, complete());
    }
    assertEquals(6, firstByte(1));
    ring.sq().next().send(pair[1], memory, 8, 0);
    assertEquals(8, complete());
    ring.sq().next().recv(pair[0], memory + 2 * BLOCK, BLOCK, 0);
    assertEquals(8, complete());
    assertEquals(6, firstByte(2));
    Fd.close(pair[1]);
    ring.sq().next().send(pair[0], memory, 8, 0);
    assertEquals(-Errno.EPIPE, complete());
    Fd.close(pair[0]);
  }

  @Test
  void shouldCompleteATimeout() {
    Memory.putLong(memory, 0);
    Memory.putLong(memory + 8, 2_000_000);
    ring.sq().next().timeout(memory, 0);
    assertEquals(-Errno.ETIME, complete());
  }
}
