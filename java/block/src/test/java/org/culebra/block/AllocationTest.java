package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.culebra.block.filter.AlignmentFilter;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.Test;

/** The warm data path allocates nothing. */
class AllocationTest {
  private static final int REQUESTS = 100_000;
  private static final int ROUNDS_MAX = 20;
  private static final int DEPTH = 16;
  private static final int BLOCK_BYTES = 4096;
  private static final Limits UNITS = new Limits(BLOCK_BYTES, 1, BLOCK_BYTES, 0, BLOCK_BYTES);

  private final RequestBatch batch = new RequestBatch(DEPTH);
  private final CompletionBatch completions = new CompletionBatch(DEPTH);
  private final BlockRequest[] requests = new BlockRequest[DEPTH];
  private final IoVector[] vectors = new IoVector[DEPTH];

  /**
   * Half reads, half writes, a flush now and then. Returns the fewest bytes that this thread
   * allocated in one of several rounds, since the compiler decides when it is warm.
   */
  private long allocated(BlockDevice device, int count, int shiftBytes) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long fewest = Long.MAX_VALUE;
    try (BlockQueue queue = device.openQueue(DEPTH)) {
      for (int round = 0; round < ROUNDS_MAX && fewest > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        run(queue, count, shiftBytes);
        fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
      }
    }
    return fewest;
  }

  private void run(BlockQueue queue, int count, int shiftBytes) {
    int done = 0;
    int submitted = 0;
    batch.clear();
    for (int i = 0; i < DEPTH; i++) {
      batch.add(next(i, submitted++, shiftBytes));
    }
    queue.submit(batch);
    queue.dispatch();
    while (done < count) {
      completions.clear();
      queue.poll(completions);
      batch.clear();
      for (int i = 0; i < completions.count(); i++) {
        done++;
        if (submitted < count) {
          batch.add(next((int) completions.tag(i), submitted++, shiftBytes));
        }
      }
      queue.submit(batch);
      queue.dispatch();
    }
  }

  private BlockRequest next(int slot, int number, int shiftBytes) {
    BlockRequest request = requests[slot];
    if (number % 4096 == 4095) {
      return request.set(BlockOperation.FLUSH, 0, 0, 0).tag(slot);
    }
    BlockOperation operation = number % 2 == 0 ? BlockOperation.READ : BlockOperation.WRITE;
    long offset = (long) (number % 200) * BLOCK_BYTES + shiftBytes;
    request.set(operation, offset, BLOCK_BYTES, 0).memory(vectors[slot], 0);
    return request.tag(slot);
  }

  private void assertNoAllocation(BlockDevice device, int shiftBytes) throws IOException {
    for (int i = 0; i < DEPTH; i++) {
      requests[i] = new BlockRequest();
      vectors[i] = IoVector.of(Memory.allocate(BLOCK_BYTES, BLOCK_BYTES), BLOCK_BYTES);
    }
    try (device) {
      device.activate();
      assertEquals(0, allocated(device, REQUESTS, shiftBytes), "bytes allocated");
    }
  }

  @Test
  void shouldAllocateNothingOnNull() throws IOException {
    assertNoAllocation(new NullDevice(1 << 20), 0);
  }

  @Test
  void shouldAllocateNothingInMemory() throws IOException {
    assertNoAllocation(new MemoryDevice(1 << 20), 0);
  }

  @Test
  void shouldAllocateNothingOnAFileThroughIoUring() throws IOException {
    Path directory = TestFiles.memoryDirectory();
    try {
      Path file = TestFiles.sparse(directory, 1 << 20);
      FileOptions options = FileOptions.DEFAULT.withDirect(FileOptions.Direct.OFF);
      assertNoAllocation(FileDevice.open(file, options), 0);
    } finally {
      TestFiles.remove(directory);
    }
  }

  @Test
  void shouldAllocateNothingWhereUnitsAreReadAndWrittenBack() throws IOException {
    assertNoAllocation(new AlignmentFilter(new MemoryDevice(1 << 20, UNITS, false), 512), 512);
  }
}
