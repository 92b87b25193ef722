package org.culebra.block;

import java.io.IOException;
import org.culebra.linux.IoVector;

/**
 * Blocking reads and writes on an active device, for control threads and tools.
 *
 * <p>Has a queue of its own, so it is closed before the device is deactivated. Confined to one
 * thread. Offsets and lengths are multiples of the device's {@link Limits#alignmentBytes()}.
 *
 * <p>An operation that ends with an error throws {@link BlockIoException}. One that takes longer
 * than the time limit throws an {@link IOException} that names device and operation; it was
 * cancelled first, so that nothing touches its memory any more, and what follows throws as well.
 */
public final class SyncIo implements AutoCloseable {
  /** The time limit of an operation unless another is given: 30 s. */
  public static final long TIMEOUT_NS = 30_000_000_000L;

  private final BlockDevice device;
  private final long timeoutNs;
  private final QueueGroup group;
  private final BlockQueue queue;
  private final RequestBatch batch = new RequestBatch(1);
  private final CompletionBatch completions = new CompletionBatch(1);
  private final BlockRequest request = new BlockRequest();
  private final IoVector single = new IoVector(1);
  private boolean broken;

  /**
   * Opens a queue with a time limit of {@link #TIMEOUT_NS}.
   *
   * @throws IOException when the device gives no queue
   */
  public SyncIo(BlockDevice device) throws IOException {
    this(device, TIMEOUT_NS);
  }

  /**
   * Opens a queue.
   *
   * @param device active
   * @param timeoutNs how long an operation may take, above 0
   * @throws IOException when the device gives no queue
   */
  public SyncIo(BlockDevice device, long timeoutNs) throws IOException {
    this.device = device;
    this.timeoutNs = timeoutNs;
    group = new QueueGroup();
    try {
      queue = group.open(device, 1);
    } catch (IOException e) {
      group.close();
      single.close();
      throw e;
    }
  }

  /**
   * Reads into memory.
   *
   * @throws IOException when it fails
   */
  public void read(long offsetBytes, long address, long lengthBytes) throws IOException {
    read(offsetBytes, only(address, lengthBytes));
  }

  /**
   * Reads into all of a vector.
   *
   * @throws IOException when it fails
   */
  public void read(long offsetBytes, IoVector memory) throws IOException {
    request.set(BlockOperation.READ, offsetBytes, memory.lengthBytes(), 0).memory(memory, 0);
    execute();
  }

  /**
   * Writes memory.
   *
   * @throws IOException when it fails
   */
  public void write(long offsetBytes, long address, long lengthBytes) throws IOException {
    write(offsetBytes, only(address, lengthBytes), 0);
  }

  /**
   * Writes memory so that it is durable on return.
   *
   * @throws IOException when it fails
   */
  public void writeFua(long offsetBytes, long address, long lengthBytes) throws IOException {
    write(offsetBytes, only(address, lengthBytes), BlockRequest.FUA);
  }

  /**
   * Writes all of a vector.
   *
   * @param flags 0 or {@link BlockRequest#FUA}
   * @throws IOException when it fails
   */
  public void write(long offsetBytes, IoVector memory, int flags) throws IOException {
    request.set(BlockOperation.WRITE, offsetBytes, memory.lengthBytes(), flags).memory(memory, 0);
    execute();
  }

  /**
   * Makes what was written durable.
   *
   * @throws IOException when it fails
   */
  public void flush() throws IOException {
    request.set(BlockOperation.FLUSH, 0, 0, 0);
    execute();
  }

  /**
   * Gives bytes up.
   *
   * @throws IOException when it fails, with ENOTSUP where the device can't
   */
  public void discard(long offsetBytes, long lengthBytes) throws IOException {
    request.set(BlockOperation.DISCARD, offsetBytes, lengthBytes, 0);
    execute();
  }

  /**
   * Makes bytes read as zeroes.
   *
   * @param flags of {@link BlockRequest}
   * @throws IOException when it fails, with ENOTSUP where the device can't
   */
  public void writeZeroes(long offsetBytes, long lengthBytes, int flags) throws IOException {
    request.set(BlockOperation.WRITE_ZEROES, offsetBytes, lengthBytes, flags);
    execute();
  }

  /** Returns the device it works on. */
  public BlockDevice device() {
    return device;
  }

  private IoVector only(long address, long lengthBytes) {
    single.clear();
    single.add(address, lengthBytes);
    return single;
  }

  private void execute() throws IOException {
    if (broken) {
      String what = BlockIoException.describe(device, request);
      throw new IOException(what + ": given up after an earlier time limit");
    }
    batch.clear();
    batch.add(request);
    queue.submit(batch);
    queue.dispatch();
    completions.clear();
    long deadlineNs = System.nanoTime() + timeoutNs;
    while (queue.poll(completions) == 0) {
      if (!group.await(deadlineNs)) {
        broken = true;
        throw timeLimit(group.cancel());
      }
    }
    if (completions.result(0) != 0) {
      throw new BlockIoException(device, request, -completions.result(0));
    }
  }

  private IOException timeLimit(int inflight) {
    String text =
        BlockIoException.describe(device, request)
            + ": no answer within "
            + timeoutNs / 1_000_000
            + " ms";
    return new IOException(inflight == 0 ? text : text + ", nor to its cancel: memory is in use");
  }

  /** Closes the queue; the device stays open. */
  @Override
  public void close() {
    group.close();
    single.close();
  }
}
