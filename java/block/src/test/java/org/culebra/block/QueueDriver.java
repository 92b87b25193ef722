package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.culebra.linux.Epoll;
import org.culebra.linux.IoVector;

/**
 * Drives a queue in tests: submits, sleeps by an epoll until completions come, and checks that each
 * tag comes back exactly once. Confined to one thread; {@link #moveOut} and {@link #moveIn} hand
 * over.
 */
public final class QueueDriver implements AutoCloseable {
  private static final long TIMEOUT_NS = 20_000_000_000L;

  private final BlockQueue queue;
  private final int depth;
  private final Set<Long> outstanding = new HashSet<>();
  private final Map<Long, Integer> results = new HashMap<>();
  private Epoll epoll;

  /** Opens a queue of a device. */
  public QueueDriver(BlockDevice device, int depth) throws IOException {
    queue = device.openQueue(depth);
    this.depth = depth;
    moveIn();
  }

  /** Detaches the queue from this thread. */
  public void moveOut() {
    queue.detach();
    epoll.close();
  }

  /** Attaches the queue to this thread. */
  public void moveIn() throws IOException {
    epoll = new Epoll();
    queue.attach(new EpollWaiter(epoll));
  }

  /** Returns the queue. */
  public BlockQueue queue() {
    return queue;
  }

  /** Returns the epoll it waits with. */
  public Epoll epoll() {
    return epoll;
  }

  /** Submits requests in one batch and dispatches them. */
  public void submit(BlockRequest... requests) {
    RequestBatch batch = new RequestBatch(Math.max(1, requests.length));
    for (BlockRequest request : requests) {
      assertTrue(outstanding.add(request.tag()), "the test used a tag twice");
      batch.add(request);
    }
    queue.submit(batch);
    queue.dispatch();
  }

  /** Polls once and takes note; returns how many completions came. */
  public int poll() {
    CompletionBatch batch = new CompletionBatch(depth);
    int count = queue.poll(batch);
    assertEquals(count, batch.count(), "poll returns how many it appended");
    for (int i = 0; i < count; i++) {
      assertTrue(outstanding.remove(batch.tag(i)), "completed twice, or never submitted");
      results.put(batch.tag(i), batch.result(i));
    }
    return count;
  }

  /** Waits until nothing is in flight. */
  public void drain() {
    awaitOutstanding(0);
  }

  /** Waits until at most so many are in flight. */
  public void awaitOutstanding(int most) {
    await(() -> outstanding.size() <= most);
  }

  /** Waits until a request isn't in flight; returns at once when it never was. */
  public void await(long tag) {
    await(() -> !outstanding.contains(tag));
  }

  private void await(java.util.function.BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TIMEOUT_NS;
    while (!condition.getAsBoolean()) {
      if (poll() == 0) {
        assertTrue(System.nanoTime() < deadlineNs, outstanding.size() + " requests never complete");
        if (queue.prepareWait()) {
          epoll.await(deadlineNs - System.nanoTime());
        }
      }
    }
  }

  /** Returns how a request that completed ended. */
  public int result(long tag) {
    return results.get(tag);
  }

  /** Returns how many requests were submitted and not yet polled. */
  public int outstanding() {
    return outstanding.size();
  }

  /** Submits one request, waits for it, and returns its result. */
  public int execute(BlockRequest request) {
    submit(request);
    drain();
    return result(request.tag());
  }

  /** Does one operation without memory and returns its result. */
  public int execute(BlockOperation operation, long offsetBytes, long lengthBytes, int flags) {
    return execute(new BlockRequest().set(operation, offsetBytes, lengthBytes, flags).tag(77));
  }

  /** Writes bytes and returns the result. */
  public int write(long offsetBytes, byte[] bytes, int flags) {
    Patterns.Native memory = new Patterns.Native(bytes.length, 4096);
    memory.put(0, bytes);
    try (IoVector vector = IoVector.of(memory.address(), bytes.length)) {
      BlockRequest request = new BlockRequest();
      request.set(BlockOperation.WRITE, offsetBytes, bytes.length, flags).memory(vector, 0);
      return execute(request.tag(78));
    }
  }

  /** Writes bytes, which must succeed. */
  public void write(long offsetBytes, byte[] bytes) {
    assertEquals(0, write(offsetBytes, bytes, 0), "write at " + offsetBytes);
  }

  /** Reads bytes, which must succeed. */
  public byte[] read(long offsetBytes, int lengthBytes) {
    Patterns.Native memory = new Patterns.Native(lengthBytes, 4096);
    org.culebra.linux.Memory.fill(memory.address(), lengthBytes, (byte) 0xa5);
    try (IoVector vector = IoVector.of(memory.address(), lengthBytes)) {
      BlockRequest request = new BlockRequest();
      request.set(BlockOperation.READ, offsetBytes, lengthBytes, 0).memory(vector, 0);
      assertEquals(0, execute(request.tag(79)), "read at " + offsetBytes);
    }
    return memory.get(0, lengthBytes);
  }

  /** Waits for what is in flight and closes the queue. */
  @Override
  public void close() {
    drain();
    assertEquals(0, queue.inflight());
    moveOut();
    queue.close();
  }
}
