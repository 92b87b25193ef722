package org.culebra.frontend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkStatus;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our front-end against a back-end that isn't ours: qemu-storage-daemon.
 *
 * <p>Version 7.2 takes a request for a loop if its buffers, cut where regions meet, are more pieces
 * than its indirect table has entries; with INDIRECT_DESC there is one region only.
 */
@Timeout(60)
class QsdTest {
  private static final int DISK_BYTES = 4 << 20;
  private static final int DEPTH = 20;
  private static final long SECOND_NS = 1_000_000_000L;

  private static long seed;

  @TempDir private Path directory;

  private int lastStatus;
  private int completions;
  private final CompletionHandler counter = (tag, status, latencyNs) -> completions++;

  @BeforeAll
  static void printSeed() {
    String property = System.getProperty("seed", "");
    seed = property.isEmpty() ? System.nanoTime() : Long.parseLong(property);
    System.out.println("QsdTest: -Dseed=" + seed);
  }

  private static FrontEndOptions options(MessageOrder order) {
    boolean asksAlways = order == MessageOrder.LIBBLKIO;
    return new FrontEndOptions().order(order).acceptsNeedReplyInReplies(asksAlways);
  }

  private Path disk() throws IOException {
    Path file = directory.resolve("disk.raw");
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(DISK_BYTES);
    }
    return file;
  }

  private void complete(FrontEndQueue queue) {
    queue.submit();
    assertTrue(queue.await(10 * SECOND_NS));
    assertEquals(
        1,
        queue.poll(
            0,
            (tag, status, latencyNs) -> {
              lastStatus = status;
              completions++;
            }));
    assertEquals(BlkStatus.OK, lastStatus);
  }

  @ParameterizedTest(name = "{0}, {1} queues, EVENT_IDX {2}, INDIRECT_DESC {3}")
  @CsvSource({
    "QEMU, 1, true, true",
    "QEMU, 1, false, false",
    "QEMU, 4, true, false",
    "QEMU, 4, false, true",
    "LIBBLKIO, 1, true, false",
    "LIBBLKIO, 1, false, true",
    "LIBBLKIO, 4, true, true",
    "LIBBLKIO, 4, false, false"
  })
  void shouldReadWhatItWrote(MessageOrder order, int queues, boolean eventIdx, boolean indirect)
      throws IOException {
    Path file = disk();
    FrontEndOptions options =
        options(order).queueCount(queues).memoryBytes(1 << 20).regionCount(indirect ? 1 : 8);
    options.withoutFeatures(eventIdx ? 63 : FeatureBits.EVENT_IDX);
    options.withoutFeatures(indirect ? 63 : FeatureBits.INDIRECT_DESC);
    byte[] model = new byte[DISK_BYTES];
    try (Qsd qsd = Qsd.ofFile(file, 4);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, options)) {
      assertEquals(eventIdx, FeatureBits.has(frontEnd.features(), FeatureBits.EVENT_IDX));
      assertEquals(indirect, FeatureBits.has(frontEnd.features(), FeatureBits.INDIRECT_DESC));
      assertEquals(DISK_BYTES / 512, frontEnd.config().capacitySectors());
      frontEnd.start();
      new VerifiedLoad(frontEnd, queues, model, seed).run(1_000);
      assertTrue(frontEnd.queue(0).flush(0, 0));
      complete(frontEnd.queue(0));
    }
    assertArrayEquals(model, Files.readAllBytes(file));
  }

  @ParameterizedTest
  @EnumSource(MessageOrder.class)
  void shouldUseOneBufferInTwoRegions(MessageOrder order) throws IOException {
    FrontEndOptions options =
        options(order).regionCount(3).withoutFeatures(FeatureBits.INDIRECT_DESC);
    try (Qsd qsd = Qsd.ofFile(disk(), 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, options)) {
      frontEnd.start();
      FrontEndQueue queue = frontEnd.queue(0);
      SharedMemory memory = frontEnd.memory();
      long across = memory.regionAddress(2) - 700;
      long plain = memory.allocate(2048);
      for (int i = 0; i < 2048; i++) {
        Memory.putByte(across + i, (byte) (i * 7 + i / 256));
      }
      assertTrue(queue.write(8, across, 2048, 1, 0));
      complete(queue);
      assertTrue(queue.read(8, plain, 2048, 2, 0));
      complete(queue);
      Memory.fill(across, 2048, (byte) 0);
      assertTrue(queue.read(8, across, 2048, 3, 0));
      complete(queue);
      byte[] written = new byte[2048];
      byte[] read = new byte[2048];
      Memory.get(plain, written, 0, 2048);
      Memory.get(across, read, 0, 2048);
      assertArrayEquals(written, read);
      assertEquals((byte) (700 * 7 + 2), read[700]);
    }
  }

  @Test
  void shouldStopWhereTheBackEndIsAndGoOnFromThere() throws IOException {
    try (Qsd qsd = Qsd.ofFile(disk(), 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, new FrontEndOptions())) {
      FrontEndQueue queue = frontEnd.queue(0);
      frontEnd.start();
      for (int i = 0; i < 5; i++) {
        assertTrue(queue.flush(i, 0));
        complete(queue);
      }
      assertEquals(5, queue.stop());
      queue.start();
      queue.enable(true);
      assertTrue(queue.flush(5, 0));
      complete(queue);
      assertEquals(6, queue.stop());
      queue.reset();
      queue.start();
      queue.enable(true);
      assertTrue(queue.flush(6, 0));
      complete(queue);
      assertEquals(1, queue.stop());
      assertEquals(7, completions);
    }
  }

  @Test
  void shouldWorkWithoutCallEventfds() throws IOException {
    FrontEndOptions options =
        new FrontEndOptions().passesCall(false).withoutFeatures(FeatureBits.EVENT_IDX);
    try (Qsd qsd = Qsd.ofFile(disk(), 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, options)) {
      frontEnd.start();
      assertTrue(frontEnd.queue(0).flush(0, 0));
      complete(frontEnd.queue(0));
    }
  }

  @Test
  void shouldDiscardAndAskForTheId() throws IOException {
    try (Qsd qsd = Qsd.ofFile(disk(), 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, new FrontEndOptions())) {
      frontEnd.start();
      FrontEndQueue queue = frontEnd.queue(0);
      assertTrue(queue.discard(0, 128, 0, 0));
      complete(queue);
      assertTrue(queue.getId(frontEnd.memory().allocate(20), 20, 0, 0));
      complete(queue);
    }
  }

  @Test
  void shouldBeAbleToConnectAgainAfterADisconnect() throws IOException {
    try (Qsd qsd = Qsd.ofFile(disk(), 1)) {
      for (int i = 0; i < 5; i++) {
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, new FrontEndOptions());
        frontEnd.start();
        assertTrue(frontEnd.queue(0).flush(0, 0));
        complete(frontEnd.queue(0));
        frontEnd.disconnect();
      }
    }
  }

  @Test
  void shouldSaySoWhenTheBackEndDies() throws IOException {
    try (Qsd qsd = Qsd.ofFile(disk(), 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, new FrontEndOptions())) {
      frontEnd.start();
      qsd.kill();
      assertTrue(frontEnd.queue(0).flush(0, 0));
      frontEnd.queue(0).submit();
      assertFalse(frontEnd.queue(0).await(50_000_000));
      assertThrows(FrontEndException.class, frontEnd::sync);
    }
  }

  @Test
  void shouldAllocateNothingOnceWarm() throws IOException {
    FrontEndOptions options = new FrontEndOptions().queueSize(64);
    try (Qsd qsd = Qsd.ofNull(1 << 30, 1);
        FrontEnd frontEnd = FrontEnd.connect(qsd.socket, options)) {
      frontEnd.start();
      FrontEndQueue queue = frontEnd.queue(0);
      long buffer = frontEnd.memory().allocate(32 * 4096);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long fewestBytes = Long.MAX_VALUE;
      // Warm is what the compiler has seen often enough; on a busy machine it comes late.
      for (int i = 0; i < 40 && fewestBytes > 0; i++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        drive(queue, buffer, 1, 2_000); // sleeps each time, which is seldom at depth
        drive(queue, buffer, DEPTH, 50_000);
        fewestBytes = Math.min(fewestBytes, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertEquals(0, fewestBytes);
    }
  }

  private void drive(FrontEndQueue queue, long buffer, int depth, int requests) {
    int submitted = 0;
    int done = 0;
    while (done < requests) {
      while (submitted < requests && submitted - done < depth) {
        long at = buffer + (submitted & 31) * 4096L;
        queue.read((submitted & 0xffff) * 8L, at, 4096, submitted, System.nanoTime());
        submitted++;
      }
      queue.submit();
      queue.await(10 * SECOND_NS);
      done += queue.poll(System.nanoTime(), counter);
    }
  }
}
