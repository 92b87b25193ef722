package org.culebra.backend;

import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.guest.GuestMemory;
import org.culebra.linux.Errno;
import org.culebra.virtio.DescriptorChain;
import org.culebra.virtio.SplitVirtqueue;
import org.culebra.virtio.blk.BlkLimits;
import org.culebra.virtio.blk.BlkRequestDecoder;
import org.culebra.virtio.blk.BlkRequestType;
import org.culebra.virtio.blk.BlkStatus;
import org.culebra.virtio.blk.RequestSlot;

/**
 * One virtqueue being served: fetch, walk, decode, submit, complete, notify. Confined to its {@link
 * QueueAgent}.
 *
 * <p>A cycle fetches at most {@link #HEADS_PER_CYCLE_MAX} heads, sends them down in one batch,
 * takes what completed, publishes the used index once and notifies the driver at most once. The
 * clock is read once for the heads fetched and once for the requests completed.
 */
final class Vring {
  /** Heads taken in one cycle, so that one vring can't starve the others of its agent. */
  static final int HEADS_PER_CYCLE_MAX = 64;

  private final VringSetup setup;
  private final Host host;
  private final VirtioBlkDevice device;
  private final BlkLimits blkLimits;
  private final LatencyRecorder latency;
  private final QueueCounters counters;
  private SplitVirtqueue virtqueue;
  private final RequestSlot[] slots;
  private final BlockRequest[] requests;
  private final int[] nextSegment;
  private final int[] heads = new int[HEADS_PER_CYCLE_MAX];
  private final RequestBatch batch;
  private final CompletionBatch completions = new CompletionBatch(HEADS_PER_CYCLE_MAX);
  private final MemoryRetirement retirement = new MemoryRetirement();

  private Pipeline pipeline;
  private GuestMemory memory;
  private int kickFd;
  private int callFd = -1;
  private int errFd;
  private boolean writeThrough;
  private boolean enabled;
  private boolean held;
  private boolean queueCancelled;
  private int inflight;
  private int cancelled;
  private Runnable onIdle;

  Vring(VringSetup setup, SplitVirtqueue virtqueue, Pipeline pipeline) {
    this.setup = setup;
    this.host = setup.host();
    this.device = setup.device();
    this.blkLimits = device.limits(setup.features());
    this.latency = setup.latency();
    this.counters = setup.counters();
    this.memory = setup.memory();
    this.kickFd = setup.kickFd();
    this.errFd = setup.errFd();
    this.virtqueue = virtqueue;
    this.pipeline = pipeline;
    this.slots = new RequestSlot[virtqueue.queueSize()];
    this.requests = new BlockRequest[virtqueue.queueSize()];
    this.nextSegment = new int[virtqueue.queueSize()];
    this.batch = new RequestBatch(virtqueue.queueSize());
    virtqueue.suppressAvailableNotifications();
  }

  /** One cycle; returns how much was done. */
  int poll() {
    int work = 0;
    if (enabled && !held && !virtqueue.isBroken()) {
      work = fetch();
    }
    if (batch.count() > 0) {
      submit();
    }
    if (pipeline.queue().inflight() > 0) {
      work += complete();
    }
    if (work > 0) {
      publish();
    }
    if (inflight == 0 && onIdle != null) {
      Runnable action = onIdle;
      onIdle = null;
      action.run();
    }
    return work;
  }

  private int fetch() {
    int count = virtqueue.fetch(heads, HEADS_PER_CYCLE_MAX);
    if (count <= 0) {
      if (count < 0) {
        onBroken();
      }
      return 0;
    }
    long nowNs = host.nowNs();
    writeThrough = device.isWriteThrough(setup.features());
    for (int i = 0; i < count && !virtqueue.isBroken(); i++) {
      start(heads[i], nowNs);
    }
    return count;
  }

  private void start(int head, long nowNs) {
    RequestSlot slot = slot(head);
    if (slot.inflight) {
      virtqueue.markBroken(
          "queue "
              + virtqueue.index()
              + " head "
              + head
              + ": made available while still in flight");
      onBroken();
      return;
    }
    slot.begin(memory, nowNs);
    int walked = DescriptorChain.walk(virtqueue, head, memory, slot.buffers);
    if (walked != DescriptorChain.OK) {
      slot.inflight = false;
      slot.memory = null;
      virtqueue.markBroken(slot.buffers.describeFault());
      onBroken();
      return;
    }
    inflight++;
    switch (BlkRequestDecoder.decode(slot, blkLimits)) {
      case BlkRequestDecoder.EXECUTE -> execute(slot, nowNs);
      case BlkRequestDecoder.COMPLETE_OK -> finish(slot, BlkStatus.OK, nowNs);
      case BlkRequestDecoder.COMPLETE_IOERR -> reject(slot, BlkStatus.IOERR);
      case BlkRequestDecoder.COMPLETE_UNSUPP -> reject(slot, BlkStatus.UNSUPP);
      // No byte to put a status in: the chain goes back with nothing written.
      default -> reject(slot, BlkStatus.IOERR);
    }
  }

  private void reject(RequestSlot slot, int status) {
    counters.onGuestError();
    give(slot, status);
  }

  private void execute(RequestSlot slot, long nowNs) {
    if (queueCancelled) {
      finish(slot, BlkStatus.IOERR, nowNs);
      return;
    }
    switch (slot.type) {
      case BlkRequestType.GET_ID -> {
        device.writeId(slot);
        finish(slot, BlkStatus.OK, nowNs);
      }
      case BlkRequestType.DISCARD, BlkRequestType.WRITE_ZEROES -> {
        nextSegment[slot.head] = 0;
        enqueueSegment(slot);
      }
      default -> {
        BlockRequest request = request(slot);
        VirtioBlkDevice.toRequest(slot, request, writeThrough);
        batch.add(request);
      }
    }
  }

  /** Sends the next segment of a discard or write zeroes: they go one after another. */
  private void enqueueSegment(RequestSlot slot) {
    BlockRequest request = request(slot);
    VirtioBlkDevice.toSegmentRequest(slot, nextSegment[slot.head]++, request, writeThrough);
    batch.add(request);
  }

  private void submit() {
    pipeline.queue().submit(batch);
    pipeline.queue().dispatch();
    batch.clear();
  }

  private int complete() {
    completions.clear();
    int count = pipeline.queue().poll(completions);
    if (count == 0) {
      return 0;
    }
    long nowNs = host.nowNs();
    for (int i = 0; i < count; i++) {
      onCompletion(completions.tag(i), completions.result(i), nowNs);
    }
    if (batch.count() > 0) {
      submit();
    }
    return count;
  }

  private void onCompletion(long tag, int result, long nowNs) {
    RequestSlot slot = slots[(int) tag];
    assert slot.inflight && slot.generation == (int) (tag >>> 32)
        : "tag 0x" + Long.toHexString(tag) + " of a slot that isn't in flight";
    boolean more = slot.segmentCount > 0 && nextSegment[slot.head] < slot.segmentCount;
    if (result == 0 && more && !queueCancelled) {
      enqueueSegment(slot);
      return;
    }
    if (result != 0) {
      onFailed(slot, result);
    }
    finish(slot, result == 0 && !more ? BlkStatus.OK : BlkStatus.IOERR, nowNs);
  }

  private void onFailed(RequestSlot slot, int result) {
    cancelled += result == -Errno.ECANCELED ? 1 : 0;
    int operation = ServedOperation.ofType(slot.type);
    // A storm of failures says the first of its kind and counts: building a line costs memory.
    if (counters.onFailure(operation, -result)) {
      setup
          .errors()
          .accept(
              "queue %d: %s of sector %d: %s"
                  .formatted(
                      virtqueue.index(),
                      ServedOperation.name(operation),
                      slot.sector,
                      Errno.name(-result)));
    }
  }

  private void finish(RequestSlot slot, int status, long nowNs) {
    latency.record(ServedOperation.ofType(slot.type), nowNs - slot.fetchedNs);
    give(slot, status);
  }

  /** Gives a chain back to the driver; seen by it at the next {@link #publish}. */
  private void give(RequestSlot slot, int status) {
    GuestMemory used = slot.memory;
    slot.complete(status);
    virtqueue.push(slot.head, slot.writtenBytes);
    inflight--;
    counters.onRequest();
    if (used != memory) {
      retirement.onReleased(used);
    }
  }

  private void publish() {
    if (virtqueue.publish() && callFd >= 0) {
      host.call(callFd);
      counters.onCall();
    }
  }

  private void onBroken() {
    counters.onGuestError();
    // The line first: whoever is told by the descriptor finds it said.
    setup.errors().accept(virtqueue.brokenReason() + ": queue stopped");
    if (errFd >= 0) {
      host.call(errFd);
    }
  }

  private RequestSlot slot(int head) {
    RequestSlot slot = slots[head];
    if (slot == null) {
      slot = new RequestSlot(head);
      slots[head] = slot;
      requests[head] = new BlockRequest();
    }
    return slot;
  }

  private BlockRequest request(RequestSlot slot) {
    return requests[slot.head].tag((long) slot.generation << 32 | slot.head);
  }

  /** Readies for the agent's sleep; false when there is work. */
  boolean prepareWait() {
    if (enabled && !held && !virtqueue.isBroken() && !virtqueue.enableAvailableNotifications()) {
      return false;
    }
    return pipeline.queue().prepareWait();
  }

  /**
   * The agent woke up, or didn't go to sleep.
   *
   * @param kicked the kick is readable; a kick that isn't must not be read, for it may block
   */
  void endWait(boolean kicked) {
    virtqueue.suppressAvailableNotifications();
    if (kicked) {
      host.silence(kickFd);
    }
  }

  int kickFd() {
    return kickFd;
  }

  /** Adopts a call descriptor and notifies once: what completed before may have gone unheard. */
  void onCall(int fd) {
    callFd = fd;
    if (fd >= 0) {
      host.call(fd);
    }
  }

  /** Adopts a kick descriptor; the old one may be closed afterwards. */
  void onKick(int fd, Poller poller) {
    boolean wasEnabled = enabled;
    onEnabled(false, poller);
    kickFd = fd;
    onEnabled(wasEnabled, poller);
  }

  void onErr(int fd) {
    errFd = fd;
  }

  /**
   * Fetches from now on, or no longer. A disabled ring's kick stays in its descriptor, and an
   * enabled ring is looked at once without any kick (pitfalls 1 and 2).
   */
  void onEnabled(boolean enabled, Poller poller) {
    if (enabled != this.enabled && kickFd >= 0) {
      if (enabled) {
        poller.watch(kickFd, Waiter.READABLE);
      } else {
        poller.unwatch(kickFd);
      }
    }
    this.enabled = enabled;
  }

  /** Stops fetching and calls back, on this agent, when nothing is in flight. */
  void onHold(Runnable onIdle) {
    assert this.onIdle == null;
    held = true;
    this.onIdle = onIdle;
  }

  /** Fetches again, whatever is in flight; who waits for idleness isn't called any more. */
  void onRelease() {
    held = false;
    onIdle = null;
  }

  /** Adopts a pipeline (null keeps the old one) and fetches again. */
  void onResume(Pipeline next, Poller poller) {
    assert held && inflight == 0;
    if (next != null) {
      pipeline.queue().detach();
      pipeline = next;
      pipeline.queue().attach(poller);
      queueCancelled = false;
    }
    held = false;
  }

  /**
   * Uses another memory, and the ring's place in it, for requests fetched from now on; calls back
   * when no request in flight touches the old one any more.
   */
  void onMemory(GuestMemory next, RingAddresses ring, Runnable onReleased) {
    int users = 0;
    for (RequestSlot slot : slots) {
      users += slot != null && slot.inflight && slot.memory == memory ? 1 : 0;
    }
    onMove(ring);
    GuestMemory old = memory;
    memory = next;
    retirement.retire(old, users, onReleased);
  }

  /** Goes on at the same index with the ring at another place. */
  void onMove(RingAddresses ring) {
    boolean broken = virtqueue.isBroken();
    String reason = virtqueue.brokenReason();
    virtqueue = ring.open(virtqueue.lastAvailIdx());
    virtqueue.suppressAvailableNotifications();
    if (broken) {
      virtqueue.markBroken(reason);
    }
  }

  /** Ends what is in flight as soon as nothing can touch its memory. */
  void onCancel() {
    queueCancelled = true;
    pipeline.queue().cancel();
  }

  SplitVirtqueue virtqueue() {
    return virtqueue;
  }

  Pipeline pipeline() {
    return pipeline;
  }

  QueueCounters counters() {
    return counters;
  }

  int inflight() {
    return inflight;
  }

  /** Requests that were ended by {@link #onCancel} instead of by their device. */
  int cancelled() {
    return cancelled;
  }
}
