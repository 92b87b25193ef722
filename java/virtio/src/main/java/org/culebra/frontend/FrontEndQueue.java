package org.culebra.frontend;

import java.io.IOException;
import org.culebra.linux.Epoll;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.SplitRing;
import org.culebra.virtio.blk.RequestSlot;
import org.culebra.virtio.driver.BlkDriver;
import org.culebra.virtio.driver.SplitDriver;
import org.culebra.virtio.driver.SplitRingLayout;

/**
 * One vring: its set-up over the connection, and its requests.
 *
 * <p>{@link #start}, {@link #stop} and {@link #enable} belong to the front-end's control thread.
 * Requests belong to one thread, which may be another; they allocate nothing. A request is queued
 * by {@link #read} and so on, shown to the device by {@link #submit}, and told of by {@link #poll},
 * before which {@link #await} may sleep.
 */
public final class FrontEndQueue implements AutoCloseable {
  private final VringControl control;
  private final SharedMemory memory;
  private final SplitRingLayout rings;
  private final int index;
  private final int segmentsMax;
  private final long features;
  private final boolean hasCall;
  private final int kick;
  private final int call;
  private final int err;
  private final Epoll epoll;
  private final long[] tags;
  private final long[] submittedNs;
  private SplitDriver driver;
  private BlkDriver requests;
  private int base;
  private int inFlight;
  private boolean isStarted;

  FrontEndQueue(VringControl control, SharedMemory memory, FrontEndOptions options, int index)
      throws IOException {
    this.control = control;
    this.memory = memory;
    this.index = index;
    this.features = control.features();
    this.segmentsMax = options.segmentsMax();
    this.hasCall = options.passesCall();
    this.rings = memory.rings(index, options.queueSize());
    this.tags = new long[options.queueSize()];
    this.submittedNs = new long[options.queueSize()];
    this.kick = EventFd.open();
    this.call = EventFd.open();
    this.err = EventFd.open();
    this.epoll = new Epoll();
    epoll.add(call, Epoll.IN);
    reset();
  }

  /** Forgets everything in the ring, as a guest that boots again; the vring is stopped. */
  public void reset() {
    assert !isStarted : "queue " + index + " is started";
    driver = new SplitDriver(rings, memory.guest(), features);
    driver.suppressUsedNotifications();
    boolean isIndirect = FeatureBits.has(features, FeatureBits.INDIRECT_DESC);
    requests = new BlkDriver(driver, memory.slots(index), segmentsMax, isIndirect);
    base = 0;
    inFlight = 0;
  }

  /**
   * Sets the vring up and starts it, at the index where {@link #stop} left it; enables it in
   * libblkio's order only, since QEMU's enables when all are started.
   */
  public void start() throws IOException {
    control.start(this, base);
    isStarted = true;
  }

  /**
   * Stops the vring.
   *
   * @return the next available index that the back-end names
   */
  public int stop() throws IOException {
    base = control.stop(this);
    isStarted = false;
    return base;
  }

  /** Enables or disables the vring. */
  public void enable(boolean on) throws IOException {
    control.enable(this, on);
  }

  /** Queues a read into one buffer; false when there is no free descriptor. */
  public boolean read(long sector, long address, int lengthBytes, long tag, long nowNs) {
    return remember(requests.read(sector, address, lengthBytes), tag, nowNs);
  }

  /** Queues a read into scattered memory; false when there are not enough free descriptors. */
  public boolean read(long sector, IoVector data, long tag, long nowNs) {
    return remember(requests.read(sector, data), tag, nowNs);
  }

  /** Queues a write of one buffer; false when there is no free descriptor. */
  public boolean write(long sector, long address, int lengthBytes, long tag, long nowNs) {
    return remember(requests.write(sector, address, lengthBytes), tag, nowNs);
  }

  /** Queues a write of scattered memory; false when there are not enough free descriptors. */
  public boolean write(long sector, IoVector data, long tag, long nowNs) {
    return remember(requests.write(sector, data), tag, nowNs);
  }

  /** Queues a flush; false when there is no free descriptor. */
  public boolean flush(long tag, long nowNs) {
    return remember(requests.flush(), tag, nowNs);
  }

  /** Queues the fetch of the device's ID, 20 bytes; false when there is no free descriptor. */
  public boolean getId(long address, int lengthBytes, long tag, long nowNs) {
    return remember(requests.getId(address, lengthBytes), tag, nowNs);
  }

  /** Queues a discard of one segment; false when there is no free descriptor. */
  public boolean discard(long sector, int sectors, long tag, long nowNs) {
    return remember(requests.discard(sector, sectors), tag, nowNs);
  }

  /** Queues a write of zeroes in one segment; false when there is no free descriptor. */
  public boolean writeZeroes(long sector, int sectors, boolean unmap, long tag, long nowNs) {
    int flags = unmap ? RequestSlot.SEGMENT_UNMAP : 0;
    return remember(requests.writeZeroes(sector, sectors, flags), tag, nowNs);
  }

  private boolean remember(int head, long tag, long nowNs) {
    if (head == SplitDriver.NONE) {
      return false;
    }
    tags[head] = tag;
    submittedNs[head] = nowNs;
    inFlight++;
    return true;
  }

  /** Shows the device what was queued, and kicks it if it asked for that. */
  public void submit() {
    if (driver.publish()) {
      EventFd.signal(kick);
    }
  }

  /** Kicks the device whether it asked for that or not. */
  public void kick() {
    EventFd.signal(kick);
  }

  /**
   * Tells of all requests that have completed.
   *
   * @return how many
   * @throws IllegalStateException when the device uses a buffer that isn't in flight
   */
  public int poll(long nowNs, CompletionHandler handler) {
    int count = 0;
    int head = driver.pollUsed();
    while (head >= 0) {
      inFlight--;
      count++;
      handler.onComplete(tags[head], requests.status(head), nowNs - submittedNs[head]);
      head = driver.pollUsed();
    }
    if (head == SplitDriver.WRONG_ID) {
      throw new IllegalStateException(
          "queue " + index + " used index " + driver.lastUsedIdx() + ": its id isn't in flight");
    }
    return count;
  }

  /**
   * Sleeps until a request has completed; spins if the back-end has no call eventfd. At all other
   * times notifications are suppressed.
   *
   * @return false when the time was over before
   */
  public boolean await(long timeoutNs) {
    long deadlineNs = System.nanoTime() + timeoutNs;
    boolean isUsed = hasCall ? sleepUntil(deadlineNs) : spinUntil(deadlineNs);
    driver.suppressUsedNotifications();
    return isUsed;
  }

  private boolean sleepUntil(long deadlineNs) {
    boolean isUsed = !driver.enableUsedNotifications();
    long leftNs = deadlineNs - System.nanoTime();
    while (!isUsed && leftNs > 0) {
      epoll.await(leftNs);
      EventFd.drain(call);
      isUsed = !driver.enableUsedNotifications();
      leftNs = deadlineNs - System.nanoTime();
    }
    return isUsed;
  }

  /** Asks for no notification: the back-end has nothing to notify with. */
  private boolean spinUntil(long deadlineNs) {
    long usedIdx = rings.usedRingAddress() + SplitRing.RING_IDX;
    boolean isUsed = Memory.getShortAcquire(usedIdx) != driver.lastUsedIdx();
    while (!isUsed && deadlineNs - System.nanoTime() > 0) {
      Thread.onSpinWait();
      isUsed = Memory.getShortAcquire(usedIdx) != driver.lastUsedIdx();
    }
    return isUsed;
  }

  /** Says whether the back-end has told by the error eventfd that the vring is broken. */
  public boolean isBroken() {
    return EventFd.drain(err);
  }

  /** Returns how many requests were queued and haven't been told of. */
  public int inFlight() {
    return inFlight;
  }

  /** Returns which vring this is, from 0. */
  public int index() {
    return index;
  }

  /** Says whether it is started, as far as this side knows. */
  public boolean isStarted() {
    return isStarted;
  }

  /** Returns the driver beneath, to write what no driver should. */
  public SplitDriver driver() {
    return driver;
  }

  /** Returns where the rings lie in our memory, to write what no driver should. */
  public SplitRingLayout rings() {
    return rings;
  }

  /** Returns the eventfd that the device gets as call; it stays this object's. */
  public int callFd() {
    return call;
  }

  /** Returns the eventfd that the device gets as kick; it stays this object's. */
  public int kickFd() {
    return kick;
  }

  int errFd() {
    return err;
  }

  /** The device was reset, so the vring is stopped without a word. */
  void onReset() {
    isStarted = false;
    reset();
  }

  @Override
  public void close() {
    epoll.close();
    Fd.close(kick);
    Fd.close(call);
    Fd.close(err);
  }
}
