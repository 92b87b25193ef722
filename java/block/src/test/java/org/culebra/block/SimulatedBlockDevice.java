package org.culebra.block;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * A disk for tests that behaves as badly as the contract allows, the same way for the same seed.
 *
 * <ul>
 *   <li><b>Delays and reorders</b>: a request takes effect in a later poll of its queue ({@link
 *       #delay}), in any order among those in flight. {@link #hold} keeps chosen requests until
 *       {@link #release}.
 *   <li><b>Fails on cue</b>: {@link #failNext} and {@link #failWhile}. A write that fails has
 *       changed some of its sectors and not others.
 *   <li><b>Power cut</b>: {@link #cutPower} or {@link #cutPowerAfter}. From then on everything
 *       completes with EIO. {@link #afterPowerCut} gives a new device with what may be left: what a
 *       flush or FUA made durable, and of every other changed sector the durable content or any
 *       later version, also of writes in flight, each sector for itself. Ask with several seeds to
 *       see several outcomes of one cut. A flush covers the writes whose completions were polled
 *       before it was submitted, on any queue, and no more.
 *   <li><b>Counts and records</b> what it executed: {@link #count}, {@link #record}, {@link
 *       #events}.
 * </ul>
 *
 * <p>A crash test is: run a workload with {@code cutPowerAfter(n)} for each n until it isn't cut
 * any more; for each n reopen the format on {@code afterPowerCut(seed)} and check it.
 *
 * <p>Content before the first write is zeroes and lasts over deactivate and activate. Settings are
 * made before it is activated, faults at any time. Any thread; deterministic with one.
 */
public final class SimulatedBlockDevice implements BlockDevice {
  private static final int SECTOR_BYTES = 512;

  /** A request that was executed. */
  public record Event(
      BlockOperation operation, long offsetBytes, long lengthBytes, int flags, int result) {}

  private final OpenQueues openQueues = new OpenQueues();
  private final SplittableRandom random;
  private final List<SimulatedQueue> queues = new ArrayList<>();
  private final Map<BlockOperation, ArrayDeque<Integer>> failures =
      new EnumMap<>(BlockOperation.class);
  private final long[] counts = new long[BlockOperation.values().length];
  private final List<Event> events = new ArrayList<>();
  private SimulatedMedium medium;
  private Limits limits = Limits.BYTES;
  private boolean growable;
  private boolean readOnly;
  private boolean zeroes = true;
  private int queuesMax = Capabilities.QUEUES_UNLIMITED;
  private int delayPollsMax = 3;
  private boolean recording;
  private Predicate<BlockRequest> held = request -> false;
  private Predicate<BlockRequest> failing = request -> false;
  private int failingErrno;
  private long changesLeft = Long.MAX_VALUE;
  private boolean cut;

  /**
   * Makes an inactive one.
   *
   * @param capacityBytes above 0; the size at first of a growable one, which may be 0
   * @param seed decides everything that isn't asked for
   */
  public SimulatedBlockDevice(long capacityBytes, long seed) {
    medium = new SimulatedMedium(SECTOR_BYTES, capacityBytes);
    random = new SplittableRandom(seed);
  }

  /** Sets what it claims to need; sectors become as large as the alignment. */
  public SimulatedBlockDevice limits(Limits limits) {
    assert limits.alignmentBytes() == 1 || medium.sizeBytes() % limits.alignmentBytes() == 0;
    this.limits = limits;
    medium =
        new SimulatedMedium(Math.max(SECTOR_BYTES, limits.alignmentBytes()), medium.sizeBytes());
    return this;
  }

  /** Sets whether it grows, as the file of a format does. */
  public SimulatedBlockDevice growable(boolean growable) {
    this.growable = growable;
    return this;
  }

  /** Sets whether it refuses to be changed. */
  public SimulatedBlockDevice readOnly(boolean readOnly) {
    this.readOnly = readOnly;
    return this;
  }

  /** Sets whether it takes discard and write zeroes; it does unless told otherwise. */
  public SimulatedBlockDevice zeroes(boolean zeroes) {
    this.zeroes = zeroes;
    return this;
  }

  /** Sets how many queues may be open at once. */
  public SimulatedBlockDevice queuesMax(int queuesMax) {
    this.queuesMax = queuesMax;
    return this;
  }

  /**
   * Sets after how many polls a request takes effect at most; 0 executes all of them at the next
   * poll, in their order.
   */
  public SimulatedBlockDevice delay(int delayPollsMax) {
    this.delayPollsMax = delayPollsMax;
    return this;
  }

  /** Makes the next request of a kind end with an error; called again, the one after it as well. */
  public synchronized void failNext(BlockOperation operation, int errno) {
    failures.computeIfAbsent(operation, key -> new ArrayDeque<>()).add(errno);
  }

  /** Makes every request of a kind end with an error; {@code request -> false} ends that. */
  public synchronized void failWhile(Predicate<BlockRequest> which, int errno) {
    failing = which;
    failingErrno = errno;
  }

  /** Keeps requests of a kind from being executed until {@link #release}. */
  public synchronized void hold(Predicate<BlockRequest> which) {
    held = which;
  }

  /** Lets the requests that were held go on. */
  public synchronized void release() {
    held = request -> false;
    wakeAll();
  }

  /** Cuts the power after so many more writes, discards or write zeroes were executed. */
  public synchronized void cutPowerAfter(long changes) {
    assert changes >= 0;
    changesLeft = changes;
  }

  /** Cuts the power. */
  public synchronized void cutPower() {
    cut = true;
    for (SimulatedQueue queue : queues) {
      queue.onPowerCut();
    }
    wakeAll();
  }

  private void wakeAll() {
    for (SimulatedQueue queue : queues) {
      queue.wake();
    }
  }

  /** Returns whether the power was cut. */
  public synchronized boolean isCut() {
    return cut;
  }

  /**
   * Returns a device, inactive and with its power on, that holds what a power cut now would leave
   * or the earlier one left.
   *
   * @param seed decides what is left of what wasn't durable, and how the new device behaves
   */
  public synchronized SimulatedBlockDevice afterPowerCut(long seed) {
    SimulatedBlockDevice after = new SimulatedBlockDevice(0, seed);
    after.medium = medium.survivors(new SplittableRandom(seed));
    after.limits = limits;
    after.growable = growable;
    after.readOnly = readOnly;
    after.zeroes = zeroes;
    after.queuesMax = queuesMax;
    after.delayPollsMax = delayPollsMax;
    return after;
  }

  /** Returns how many requests of a kind were executed. */
  public synchronized long count(BlockOperation operation) {
    return counts[operation.ordinal()];
  }

  /** Sets all counts to 0 and forgets what was recorded. */
  public synchronized void resetCounts() {
    java.util.Arrays.fill(counts, 0);
    events.clear();
  }

  /** Records from here on, in the order of their effects, the requests that are executed. */
  public synchronized void record() {
    recording = true;
  }

  /** Returns what was recorded. */
  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** Returns what it holds, past all queues. */
  public synchronized byte[] content(long offsetBytes, int lengthBytes) {
    return medium.read(offsetBytes, lengthBytes);
  }

  /** Changes what it holds, past all queues and durably: to set it up, or to corrupt it. */
  public synchronized void poke(long offsetBytes, byte[] bytes) {
    MemorySegment copy = Arena.ofAuto().allocate(bytes.length);
    Memory.put(copy.address(), bytes, 0, bytes.length);
    try (IoVector vector = IoVector.of(copy.address(), bytes.length)) {
      BlockRequest request = new BlockRequest();
      request.set(BlockOperation.WRITE, offsetBytes, bytes.length, 0).memory(vector, 0);
      medium.change(request, vector, true, null);
    }
  }

  @Override
  public String name() {
    return "simulated:" + capacityBytes();
  }

  @Override
  public synchronized long capacityBytes() {
    return medium.sizeBytes();
  }

  @Override
  public Capabilities capabilities() {
    boolean changes = zeroes && !readOnly;
    return new Capabilities(readOnly, growable, changes, changes, changes, queuesMax);
  }

  @Override
  public Limits limits() {
    return limits;
  }

  @Override
  public void activate() throws IOException {
    if (isCut()) {
      throw new IOException(name() + ": its power was cut: use afterPowerCut");
    }
    openQueues.setActive(true);
  }

  /** Makes everything durable; after a power cut there is nothing it could do. */
  @Override
  public synchronized void deactivate() {
    if (isActive() && !cut) {
      medium.flush(Long.MAX_VALUE - 1);
    }
    openQueues.setActive(false);
  }

  @Override
  public boolean isActive() {
    return openQueues.isActive();
  }

  @Override
  public synchronized BlockQueue openQueue(int depth) throws IOException {
    openQueues.add(this);
    SimulatedQueue queue = new SimulatedQueue(this, depth, random.split());
    queues.add(queue);
    return queue;
  }

  @Override
  public synchronized void resize(long newCapacityBytes) throws IOException {
    if (!growable || readOnly) {
      throw new IOException(name() + ": this device has a fixed size");
    }
    medium.resize(newCapacityBytes);
  }

  @Override
  public void close() {
    deactivate();
  }

  void onClose(SimulatedQueue queue) {
    queues.remove(queue);
    openQueues.remove();
  }

  int delayPollsMax() {
    return delayPollsMax;
  }

  SimulatedMedium medium() {
    return medium;
  }

  boolean isHeld(BlockRequest request) {
    return !cut && held.test(request);
  }

  /** Stores what of a request in flight may have reached the medium when the power went. */
  void onLost(BlockRequest request) {
    if (RequestRules.isChange(request.operation()) && !readOnly) {
      medium.change(request, request.memory(), false, random);
    }
  }

  /**
   * Executes a request.
   *
   * @param covered what a flush covers
   */
  SimulatedQueue.Outcome execute(BlockRequest request, long covered) {
    BlockOperation operation = request.operation();
    boolean changes = RequestRules.isChange(operation);
    if (changes && changesLeft-- == 0) {
      onLost(request);
      cutPower();
    }
    int result = cut ? -Errno.EIO : refusal(request);
    SimulatedMedium.Change change = null;
    if (result == 0) {
      change = apply(request, covered);
    } else if (changes && !cut && result != -Errno.EROFS && result != -Errno.EOPNOTSUPP) {
      medium.change(request, request.memory(), false, random);
    }
    counts[operation.ordinal()]++;
    if (recording) {
      long offset = request.offsetBytes();
      events.add(new Event(operation, offset, request.lengthBytes(), request.flags(), result));
    }
    return new SimulatedQueue.Outcome(request.tag(), result, change);
  }

  private int refusal(BlockRequest request) {
    BlockOperation operation = request.operation();
    if (readOnly && RequestRules.isChange(operation)) {
      return -Errno.EROFS;
    }
    boolean zeroing =
        operation == BlockOperation.DISCARD || operation == BlockOperation.WRITE_ZEROES;
    if (zeroing && !zeroes) {
      return -Errno.EOPNOTSUPP;
    }
    ArrayDeque<Integer> next = failures.get(operation);
    if (next != null && !next.isEmpty()) {
      return -next.remove();
    }
    return failing.test(request) ? -failingErrno : 0;
  }

  private SimulatedMedium.Change apply(BlockRequest request, long covered) {
    boolean durable = request.has(BlockRequest.FUA);
    return switch (request.operation()) {
      case READ -> {
        long offset = request.offsetBytes();
        long memoryOffset = request.memoryOffsetBytes();
        medium.read(offset, request.lengthBytes(), request.memory(), memoryOffset);
        yield null;
      }
      case WRITE -> medium.change(request, request.memory(), durable, null);
      case WRITE_ZEROES -> medium.change(request, null, durable, null);
      // What a discarded sector reads as is undetermined: zeroes here, as before there.
      case DISCARD ->
          growable && request.endBytes() > medium.sizeBytes()
              ? null
              : medium.change(request, null, false, random);
      case FLUSH -> {
        medium.flush(covered);
        yield null;
      }
    };
  }
}
