package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.Files;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of a request to a file, with results that no healthy kernel gives on demand. */
class FileIoTest {
  private static final int LENGTH = 8192;

  private final BlockRequest request = new BlockRequest();
  private IoVector memory;
  private Path directory;
  private FileHandle file;
  private FileIo io;

  @BeforeEach
  void openFile() throws IOException {
    directory = TestFiles.buildDirectory();
    Path path = TestFiles.sparse(directory, 65536);
    file = FileHandle.open(path, FileOptions.DEFAULT.withGrowable(true));
    assumeTrue(file.direct, "the build directory's file system takes no direct I/O");
    memory = IoVector.of(Memory.allocate(LENGTH, 4096), LENGTH);
    io = new FileIo(file, 0, Memory.allocate(4096, 4096), 4096);
  }

  @AfterEach
  void closeFile() throws IOException {
    io.close();
    memory.close();
    Fd.close(file.fd);
    TestFiles.remove(directory);
  }

  private void begin(BlockOperation operation, int flags) {
    request.set(operation, 4096, LENGTH, flags);
    io.begin(request);
  }

  private void beginTransfer(BlockOperation operation, int flags) {
    request.set(operation, 4096, LENGTH, flags).memory(memory, 0);
    io.begin(request);
  }

  private void assertDone(int result) {
    assertTrue(io.isDone(), "next step " + io.step());
    assertEquals(result, io.result());
  }

  private void assertAllocates(int mode) {
    assertEquals(FileIo.Step.ALLOCATE, io.step());
    assertEquals(mode, io.allocationMode());
    assertEquals(4096, io.offsetBytes());
    assertEquals(LENGTH, io.lengthBytes());
  }

  @Test
  void shouldGoOnAfterAShortRead() {
    beginTransfer(BlockOperation.READ, 0);
    io.onResult(4096);
    assertEquals(FileIo.Step.READ, io.step());
    assertEquals(8192, io.offsetBytes());
    assertEquals(memory.address(0) + 4096, io.vector().address(0));
    assertEquals(4096, io.vector().lengthBytes());
    io.onResult(4096);
    assertDone(0);
  }

  @Test
  void shouldWriteAgainWhatWasWrittenOfAUnitOnly() {
    beginTransfer(BlockOperation.WRITE, 0);
    io.onResult(512 * 3 + 100);
    assertEquals(FileIo.Step.WRITE, io.step());
    assertEquals(4096 + 512 * 3, io.offsetBytes());
    assertEquals(memory.address(0) + 512 * 3, io.vector().address(0));
    io.onResult(LENGTH - 512 * 3);
    assertDone(0);
  }

  @Test
  void shouldEndAWriteThatWritesNothing() {
    beginTransfer(BlockOperation.WRITE, 0);
    io.onResult(0);
    assertDone(-Errno.EIO);
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EINTR, Errno.EAGAIN, Errno.ECANCELED})
  void shouldTryAgainWhatWasInterrupted(int errno) {
    beginTransfer(BlockOperation.WRITE, 0);
    io.onResult(-errno);
    assertEquals(FileIo.Step.WRITE, io.step());
    io.onResult(LENGTH);
    assertDone(0);
  }

  @Test
  void shouldNotTryForEver() {
    beginTransfer(BlockOperation.WRITE, 0);
    for (int i = 0; i < 200 && !io.isDone(); i++) {
      io.onResult(-Errno.EAGAIN);
    }
    assertDone(-Errno.EAGAIN);
  }

  @Test
  void shouldMakeNoFurtherStepOnceCancelled() {
    beginTransfer(BlockOperation.READ, 0);
    io.cancel();
    io.onResult(4096);
    assertDone(-Errno.ECANCELED);
    begin(BlockOperation.DISCARD, 0);
    io.onResult(-Errno.ECANCELED);
    assertDone(-Errno.ECANCELED);
  }

  @Test
  void shouldWriteDurablyWithFua() {
    beginTransfer(BlockOperation.WRITE, BlockRequest.FUA);
    assertEquals(Files.RWF_DSYNC, io.rwFlags());
    io.onResult(LENGTH);
    assertDone(0);
    beginTransfer(BlockOperation.WRITE, 0);
    assertEquals(0, io.rwFlags());
  }

  @Test
  void shouldSyncAfterWriteZeroesWithFua() {
    begin(BlockOperation.WRITE_ZEROES, BlockRequest.FUA);
    assertAllocates(Files.FALLOC_FL_ZERO_RANGE);
    io.onResult(0);
    assertEquals(FileIo.Step.SYNC, io.step());
    io.onResult(-Errno.EIO);
    assertDone(-Errno.EIO);
  }

  @Test
  void shouldPunchAHoleWhereWriteZeroesMayUnmap() {
    begin(BlockOperation.WRITE_ZEROES, BlockRequest.UNMAP);
    assertAllocates(Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE);
    io.onResult(0);
    assertDone(0);
  }

  @Test
  void shouldFallBackStepByStepAndRemember() {
    begin(BlockOperation.WRITE_ZEROES, BlockRequest.FUA);
    io.onResult(-Errno.EOPNOTSUPP);
    assertFalse(file.zeroesRanges);
    assertAllocates(Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE);
    io.onResult(0);
    assertAllocates(0);
    io.onResult(-Errno.EOPNOTSUPP);
    assertFalse(file.allocates);
    assertEquals(FileIo.Step.WRITE, io.step());
    assertEquals(LENGTH, io.vector().lengthBytes());
    assertEquals(0, io.rwFlags());
    io.onResult(4096);
    assertEquals(8192, io.offsetBytes());
    assertEquals(4096, io.vector().lengthBytes());
    io.onResult(4096);
    assertEquals(FileIo.Step.SYNC, io.step());
    io.onResult(0);
    assertDone(0);
    begin(BlockOperation.WRITE_ZEROES, 0);
    assertEquals(FileIo.Step.WRITE, io.step(), "remembered");
  }

  @Test
  void shouldNotWriteBuffersWithoutFallback() {
    begin(BlockOperation.WRITE_ZEROES, BlockRequest.NO_FALLBACK);
    io.onResult(-Errno.EOPNOTSUPP);
    io.onResult(-Errno.EOPNOTSUPP);
    assertDone(-Errno.EOPNOTSUPP);
  }

  @Test
  void shouldWriteBuffersWhereTheRangeIsNotTakenOnce() {
    begin(BlockOperation.WRITE_ZEROES, 0);
    io.onResult(-Errno.EINVAL);
    assertEquals(FileIo.Step.WRITE, io.step());
    io.onResult(LENGTH);
    assertDone(0);
    assertTrue(file.zeroesRanges, "another range may be taken");
  }

  @Test
  void shouldRememberThatHolesAreNotPunched() {
    begin(BlockOperation.DISCARD, 0);
    assertAllocates(Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE);
    io.onResult(-Errno.EOPNOTSUPP);
    assertDone(-Errno.EOPNOTSUPP);
    begin(BlockOperation.DISCARD, 0);
    assertDone(-Errno.EOPNOTSUPP);
  }

  @Test
  void shouldZeroWhatLiesPastTheEnd() {
    Memory.fill(memory.address(0), LENGTH, (byte) 7);
    beginTransfer(BlockOperation.READ, 0);
    io.onResult(512 + 10);
    assertDone(0);
    assertEquals(7, Memory.getByte(memory.address(0) + 521));
    assertEquals(0, Memory.getByte(memory.address(0) + 522));
    assertEquals(0, Memory.getByte(memory.address(0) + LENGTH - 1));
  }
}
