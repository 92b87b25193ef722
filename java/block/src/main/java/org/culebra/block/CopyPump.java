package org.culebra.block;

import java.io.IOException;
import org.culebra.linux.Errno;
import org.culebra.linux.Mapping;

/**
 * Copies ranges of one device to another with several requests in flight; for convert and other
 * tools that copy.
 *
 * <p>Each call waits for a free buffer and returns as soon as its work is under way; {@link
 * #finish()} waits for all. Ranges that were handed in overlap nowhere. Confined to one thread,
 * which it may block up to the time limit; the first error ends it, and every later call throws it
 * again.
 */
public final class CopyPump implements AutoCloseable {
  /** A write zeroes of the target is at most this long, so that progress is seen. */
  private static final long ZEROES_MAX_BYTES = 64 << 20;

  /**
   * How to copy.
   *
   * @param buffers how many requests are in flight at most, above 0
   * @param bufferBytes how long a request is, a multiple of both devices' alignment and of
   *     sparseBytes
   * @param sparseBytes runs of zeroes of this length at multiples of it aren't written as data; 0
   *     writes all as data
   * @param targetReadsZeroes zeroes aren't written at all, since the target reads so already
   * @param timeoutNs how long a request may take
   */
  public record Options(
      int buffers, int bufferBytes, int sparseBytes, boolean targetReadsZeroes, long timeoutNs) {
    /** 8 buffers of 2 MiB, zeroes from 4 KiB on are kept sparse, {@link SyncIo#TIMEOUT_NS}. */
    public static final Options DEFAULT = new Options(8, 2 << 20, 4096, false, SyncIo.TIMEOUT_NS);
  }

  private final BlockDevice from;
  private final BlockDevice to;
  private final Options options;
  private final Mapping memory;
  private final QueueGroup group;
  private final BlockQueue source;
  private final BlockQueue target;
  private final CopySlot[] slots;
  private final CopySlot[] free;
  private final RequestBatch batch = new RequestBatch(1);
  private final CompletionBatch completions;
  private int freeCount;
  private boolean writesZeroes;
  private long deadlineNs;
  private long copiedBytes;
  private long zeroBytes;
  private IOException failure;

  /**
   * Opens a queue on each device and takes the buffers.
   *
   * @param from active
   * @param to active
   * @throws IOException when there is no queue or no memory
   */
  public CopyPump(BlockDevice from, BlockDevice to, Options options) throws IOException {
    this.from = from;
    this.to = to;
    this.options = options;
    assert options.sparseBytes == 0 || options.bufferBytes % options.sparseBytes == 0;
    assert options.sparseBytes % to.limits().alignmentBytes() == 0;
    memory = Mapping.anonymous((long) options.buffers * options.bufferBytes);
    group = new QueueGroup();
    try {
      source = group.open(from, options.buffers);
      target = group.open(to, options.buffers);
    } catch (IOException e) {
      group.close();
      memory.close();
      throw e;
    }
    completions = new CompletionBatch(options.buffers);
    writesZeroes = to.capabilities().writeZeroes();
    slots = new CopySlot[options.buffers];
    free = new CopySlot[options.buffers];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new CopySlot(i, memory.address() + (long) i * options.bufferBytes, options);
      free[freeCount++] = slots[i];
    }
  }

  /**
   * Copies a range.
   *
   * @throws IOException when this or an earlier range could not be copied
   */
  public void copy(long fromOffsetBytes, long toOffsetBytes, long lengthBytes) throws IOException {
    for (long done = 0; done < lengthBytes; done += options.bufferBytes) {
      CopySlot slot = takeSlot();
      long length = Math.min(options.bufferBytes, lengthBytes - done);
      slot.begin(toOffsetBytes + done, length);
      slot.request.set(BlockOperation.READ, fromOffsetBytes + done, length, 0);
      slot.request.memory(slot.buffer, 0);
      submit(source, slot);
    }
  }

  /**
   * Makes a range of the target read as zeroes; nothing is done where it does so already by the
   * options.
   *
   * @throws IOException when this or an earlier range failed
   */
  public void writeZeroes(long toOffsetBytes, long lengthBytes) throws IOException {
    zeroBytes += lengthBytes;
    if (options.targetReadsZeroes) {
      return;
    }
    long done = 0;
    while (done < lengthBytes) {
      CopySlot slot = takeSlot();
      long lengthMax = writesZeroes ? ZEROES_MAX_BYTES : options.bufferBytes;
      long length = Math.min(lengthMax, lengthBytes - done);
      slot.beginZeroes(toOffsetBytes + done, length);
      submitZeroes(slot, length);
      done += length;
    }
  }

  /**
   * Waits for everything and makes the target durable.
   *
   * @throws IOException when a range could not be copied
   */
  public void finish() throws IOException {
    while (freeCount < slots.length) {
      await();
    }
    CopySlot slot = takeSlot();
    slot.begin(0, 0);
    slot.request.set(BlockOperation.FLUSH, 0, 0, 0);
    submit(target, slot);
    while (freeCount < slots.length) {
      await();
    }
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  /** Returns how many bytes were written as data. */
  public long copiedBytes() {
    return copiedBytes;
  }

  /** Returns how many bytes were found or handed in as zeroes. */
  public long zeroBytes() {
    return zeroBytes;
  }

  private CopySlot takeSlot() throws IOException {
    while (freeCount == 0 || failure != null) {
      await();
    }
    return free[--freeCount];
  }

  private void await() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
    int progress = poll(source, from) + poll(target, to);
    if (failure == null && progress == 0 && !group.await(deadlineNs)) {
      failure = timeLimit();
    }
  }

  private IOException timeLimit() {
    String text = from.name() + " to " + to.name() + ": copy: no progress within ";
    int inflight = group.cancel();
    return new IOException(
        text + options.timeoutNs / 1_000_000 + " ms, " + inflight + " requests hang");
  }

  private int poll(BlockQueue queue, BlockDevice device) {
    completions.clear();
    int count = queue.poll(completions);
    for (int i = 0; i < count; i++) {
      onCompletion(device, slots[(int) completions.tag(i)], completions.result(i));
    }
    return count;
  }

  private void onCompletion(BlockDevice device, CopySlot slot, int result) {
    BlockOperation operation = slot.request.operation();
    if (operation == BlockOperation.WRITE_ZEROES && result == -Errno.EOPNOTSUPP) {
      writesZeroes = false;
      submitZeroes(slot, slot.request.lengthBytes());
      return;
    }
    if (result != 0) {
      if (failure == null) {
        failure = new BlockIoException(device, slot.request, -result);
      }
      free[freeCount++] = slot;
      return;
    }
    switch (operation) {
      case WRITE -> slot.advance(slot.request.lengthBytes());
      case WRITE_ZEROES -> slot.advance(slot.request.lengthBytes());
      default -> {}
    }
    continueWrite(slot);
  }

  /** Writes the next run of a buffer that was read, or frees it. */
  private void continueWrite(CopySlot slot) {
    while (!slot.isDone()) {
      if (slot.isZeroFill()) {
        submitZeroes(slot, slot.leftBytes());
        return;
      }
      long run = slot.nextRun();
      if (!slot.runIsZeroes()) {
        copiedBytes += run;
        submitData(slot, run);
        return;
      }
      zeroBytes += run;
      if (!options.targetReadsZeroes) {
        submitZeroes(slot, run);
        return;
      }
      slot.advance(run);
    }
    free[freeCount++] = slot;
  }

  private void submitData(CopySlot slot, long lengthBytes) {
    slot.request.set(BlockOperation.WRITE, slot.toOffsetBytes(), lengthBytes, 0);
    slot.request.memory(slot.buffer, slot.bufferOffsetBytes());
    submit(target, slot);
  }

  private void submitZeroes(CopySlot slot, long lengthBytes) {
    if (writesZeroes) {
      int flags = BlockRequest.UNMAP;
      slot.request.set(BlockOperation.WRITE_ZEROES, slot.toOffsetBytes(), lengthBytes, flags);
      submit(target, slot);
    } else {
      // A run of zeroes that was read is written from where it stands.
      slot.clearBuffer();
      submitData(slot, Math.min(lengthBytes, options.bufferBytes));
    }
  }

  private void submit(BlockQueue queue, CopySlot slot) {
    deadlineNs = System.nanoTime() + options.timeoutNs;
    slot.request.tag(slot.index);
    batch.clear();
    batch.add(slot.request);
    queue.submit(batch);
    queue.dispatch();
  }

  /** Cancels what is in flight and gives queues and buffers back; the devices stay open. */
  @Override
  public void close() {
    boolean memoryInUse = freeCount < slots.length && group.cancel() > 0;
    group.close();
    if (!memoryInUse) {
      memory.close();
    }
  }
}
