package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a file does beside the contract: direct I/O, sizes, errors. */
class FileDeviceTest {
  private static final int SIZE = 1 << 20;

  private final SplittableRandom random = Seeds.random("FileDeviceTest");
  private Path directory;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    directory = TestFiles.buildDirectory();
    file = TestFiles.sparse(directory, SIZE);
  }

  @AfterEach
  void removeFile() throws IOException {
    TestFiles.remove(directory);
  }

  private static FileDevice active(Path file, FileOptions options) throws IOException {
    FileDevice device = FileDevice.open(file, options);
    device.activate();
    return device;
  }

  private static String activationError(Path file, FileOptions options) {
    IOException e =
        assertThrows(IOException.class, () -> FileDevice.open(file, options).activate());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    return e.getMessage();
  }

  // C7: aligned I/O goes to and from the requests' own memory.
  @Test
  void shouldCopyNothingOfAlignedRequestsPastThePageCache() throws IOException {
    try (FileDevice device = active(file, FileOptions.DEFAULT)) {
      assumeTrue(device.isDirect(), "the build directory's file system takes no direct I/O");
      try (QueueDriver queue = new QueueDriver(device, 4)) {
        queue.write(4096, Patterns.bytes(random, 65536));
        queue.read(4096, 65536);
      }
      assertEquals(0, device.copiedBytes());
    }
  }

  @Test
  void shouldCountTheBytesOfMisalignedMemoryThatItCopies() throws IOException {
    FileDevice device = active(file, FileOptions.DEFAULT);
    assumeTrue(device.isDirect(), "the build directory's file system takes no direct I/O");
    Patterns.Native memory = new Patterns.Native(65536 + 4096, 4096);
    try (QueueDriver queue = new QueueDriver(device, 4);
        IoVector vector = IoVector.of(memory.address() + 1, 65536)) {
      BlockRequest request = new BlockRequest();
      queue.execute(request.set(BlockOperation.WRITE, 0, 65536, 0).memory(vector, 0));
      assertEquals(65536, device.copiedBytes());
      queue.execute(request.set(BlockOperation.READ, 0, 65536, 0).memory(vector, 0));
      assertEquals(131072, device.copiedBytes());
    }
    device.close();
    assertEquals(131072, device.copiedBytes(), "lasts over deactivate");
  }

  @Test
  void shouldGoThroughThePageCacheWhereTheSizeIsNoMultipleOfASector() throws IOException {
    Path odd = TestFiles.sparse(directory, SIZE + 100);
    try (FileDevice device = active(odd, FileOptions.DEFAULT)) {
      assertFalse(device.isDirect());
      assertEquals(1, device.limits().alignmentBytes());
      assertEquals(SIZE + 100, device.capacityBytes());
    }
    FileOptions direct = FileOptions.DEFAULT.withDirect(FileOptions.Direct.ON);
    String error = activationError(odd, direct);
    assertTrue(error.contains(odd.toString()) && error.contains("multiple of"), error);
  }

  @Test
  void shouldEndReadsOfAFileThatBecameShorterWithAnError() throws IOException {
    FileOptions buffered = FileOptions.DEFAULT.withDirect(FileOptions.Direct.OFF);
    try (FileDevice device = active(file, buffered);
        QueueDriver queue = new QueueDriver(device, 1);
        RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw");
        IoVector vector = IoVector.of(org.culebra.linux.Memory.allocate(4096, 4096), 4096)) {
      access.setLength(2048);
      BlockRequest request = new BlockRequest().set(BlockOperation.READ, 0, 4096, 0);
      assertEquals(-Errno.EIO, queue.execute(request.memory(vector, 0)));
    }
  }

  private FileOptions workers(java.util.concurrent.Executor workers) {
    return FileOptions.DEFAULT.withIoUring(FileOptions.IoUring.OFF).withWorkers(workers);
  }

  @Test
  void shouldCancelWhatNoWorkerHasBegun() throws IOException {
    List<Runnable> tasks = new ArrayList<>();
    try (FileDevice device = active(file, workers(tasks::add));
        QueueDriver queue = new QueueDriver(device, 2)) {
      BlockRequest request = new BlockRequest().tag(5);
      queue.submit(request.set(BlockOperation.DISCARD, 0, 4096, 0));
      assertEquals(0, queue.poll());
      queue.queue().cancel();
      assertEquals(1, queue.poll());
      assertEquals(-Errno.ECANCELED, queue.result(5));
      tasks.forEach(Runnable::run);
    }
  }

  @Test
  void shouldEndRequestsThatNoWorkerTakes() throws IOException {
    java.util.concurrent.Executor full =
        task -> {
          throw new RejectedExecutionException();
        };
    try (FileDevice device = active(file, workers(full));
        QueueDriver queue = new QueueDriver(device, 2)) {
      assertEquals(-Errno.EIO, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
    }
  }

  @Test
  void shouldWorkWithAsManyTasksAsRequestsAndNoMore() throws IOException {
    List<Runnable> tasks = new ArrayList<>();
    try (FileDevice device = active(file, workers(tasks::add));
        QueueDriver queue = new QueueDriver(device, 64)) {
      BlockRequest[] flushes = new BlockRequest[64];
      for (int i = 0; i < flushes.length; i++) {
        flushes[i] = new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(i);
      }
      queue.submit(flushes[0]);
      assertEquals(1, tasks.size());
      queue.submit(java.util.Arrays.copyOfRange(flushes, 1, 64));
      assertEquals(8, tasks.size());
      tasks.forEach(Runnable::run);
      queue.drain();
    }
  }

  @Test
  void shouldNotForgetARequestThatComesWhileAWorkerEnds() throws IOException {
    Path memory = TestFiles.memoryDirectory();
    Path fast = TestFiles.sparse(memory, SIZE);
    try (ExecutorService pool = Executors.newFixedThreadPool(2);
        FileDevice device = active(fast, workers(pool));
        QueueDriver queue = new QueueDriver(device, 1)) {
      BlockRequest request = new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0);
      long deadlineNs = System.nanoTime() + 20_000_000_000L;
      for (int i = 0; i < 30_000; i++) {
        queue.submit(request);
        while (queue.poll() == 0) {
          assertTrue(System.nanoTime() < deadlineNs, "request " + i + " forgotten");
        }
      }
    } finally {
      TestFiles.remove(memory);
    }
  }

  @Test
  void shouldTellDataFromHoles() throws IOException {
    try (FileDevice device = active(file, FileOptions.DEFAULT)) {
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        queue.write(256 << 10, Patterns.bytes(random, 65536));
        queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      }
      Extent extent = new Extent();
      device.extentAt(0, extent);
      assertEquals("ZERO 0+262144 at 0", extent.toString());
      device.extentAt(256 << 10, extent);
      assertEquals("DATA 262144+65536 at 262144", extent.toString());
      device.extentAt(320 << 10, extent);
      assertEquals("ZERO 327680+720896 at 327680", extent.toString());
      long allocated = device.allocatedBytes();
      assertTrue(allocated >= 65536 && allocated < device.capacityBytes(), allocated + " bytes");
    }
  }

  @Test
  void shouldGiveRoomBackOnDiscard() throws IOException {
    try (FileDevice device = active(file, FileOptions.DEFAULT)) {
      assumeTrue(device.capabilities().discard(), "this file system punches no holes");
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        queue.write(0, Patterns.bytes(random, 65536));
        assertEquals(0, queue.execute(BlockOperation.DISCARD, 0, 65536, 0));
      }
      Extent extent = new Extent();
      device.extentAt(0, extent);
      assertEquals(Extent.Kind.ZERO, extent.kind());
    }
  }

  @Test
  void shouldNameTheFileThatIsMissing() {
    Path missing = directory.resolve("missing.raw");
    assertEquals(
        missing + ": no such file (ENOENT)", activationError(missing, FileOptions.DEFAULT));
  }

  @Test
  void shouldNameTheFileThatIsGoneWhenActivated() throws IOException {
    FileDevice device = FileDevice.open(file, FileOptions.DEFAULT);
    Path moved = Files.move(file, directory.resolve("moved"));
    IOException e = assertThrows(IOException.class, device::activate);
    assertEquals(file + ": no such file (ENOENT)", e.getMessage());
    assertFalse(device.isActive());
    Files.move(moved, file);
    device.activate();
    device.close();
  }

  @Test
  void shouldRefuseADirectory() {
    String error = activationError(directory, FileOptions.DEFAULT);
    assertTrue(error.startsWith(directory + ": is a directory"), error);
  }

  @Test
  void shouldRefuseWhatIsNoFile() {
    String error = activationError(Path.of("/dev/null"), FileOptions.DEFAULT);
    assertEquals("/dev/null: is neither a file nor a block device", error);
  }

  @Test
  void shouldSayWhenAFileIsOnAReadOnlyFileSystem() {
    // The kernel's own: present everywhere, never writable.
    Path readOnly = Path.of("/sys/kernel/notes");
    assumeTrue(Files.isRegularFile(readOnly) && !Files.isWritable(readOnly));
    String error = activationError(readOnly, FileOptions.DEFAULT);
    assertTrue(error.startsWith(readOnly + ": "), error);
    assertTrue(error.endsWith("(EACCES)") || error.endsWith("(EROFS)"), error);
  }

  @Test
  void shouldExplainErrnosOfOpen() {
    Path path = Path.of("/x");
    assertEquals(
        "/x: no permission to write it (EACCES)",
        FileKind.explain(path, false, new org.culebra.linux.LinuxException("open", Errno.EACCES))
            .getMessage());
    assertEquals(
        "/x: its file system is read-only: it can only be opened read-only (EROFS)",
        FileKind.explain(path, false, new org.culebra.linux.LinuxException("open", Errno.EROFS))
            .getMessage());
    assertEquals(
        "/x: Too many open files (EMFILE)",
        FileKind.explain(path, true, new org.culebra.linux.LinuxException("open", Errno.EMFILE))
            .getMessage());
  }
}
