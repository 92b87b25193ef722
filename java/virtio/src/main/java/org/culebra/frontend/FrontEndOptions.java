package org.culebra.frontend;

/** How a front-end behaves; each method sets one thing and returns the options themselves. */
public final class FrontEndOptions {
  private static final long SECOND_NS = 1_000_000_000L;

  private MessageOrder order = MessageOrder.QEMU;
  private long features = -1;
  private long protocolFeatures = -1;
  private boolean acknowledgesProtocolFeatures = true;
  private int queueCount = 1;
  private int queueSize = 128;
  private int segmentsMax = 16;
  private long memoryBytes = 16L << 20;
  private int regionCount = 1;
  private int hugePageShift;
  private boolean usesMemorySlots;
  private boolean passesKick = true;
  private boolean passesCall = true;
  private boolean acceptsNeedReplyInReplies;
  private int configBytes = 60;
  private long timeoutNs = 10 * SECOND_NS;

  /** Makes the options of a plain front-end: QEMU's order, one queue of 128, 16 MiB of memory. */
  public FrontEndOptions() {}

  /** Sets whose habits to follow. */
  public FrontEndOptions order(MessageOrder order) {
    this.order = order;
    return this;
  }

  /** Sets which virtio features to accept of those offered; all at first. */
  public FrontEndOptions features(long mask) {
    this.features = mask;
    return this;
  }

  /** Declines virtio features by their bit numbers. */
  public FrontEndOptions withoutFeatures(int... bits) {
    for (int bit : bits) {
      features &= ~(1L << bit);
    }
    return this;
  }

  /** Sets which protocol features to accept of those offered; all we know at first. */
  public FrontEndOptions protocolFeatures(long mask) {
    this.protocolFeatures = mask;
    return this;
  }

  /** Declines protocol features by their bit numbers. */
  public FrontEndOptions withoutProtocolFeatures(int... bits) {
    for (int bit : bits) {
      protocolFeatures &= ~(1L << bit);
    }
    return this;
  }

  /**
   * Sets whether feature bit 30 is acknowledged; QEMU before 7.2 doesn't, and rings then start
   * enabled.
   */
  public FrontEndOptions acknowledgesProtocolFeatures(boolean acknowledges) {
    this.acknowledgesProtocolFeatures = acknowledges;
    return this;
  }

  /** Sets how many queues to use. */
  public FrontEndOptions queueCount(int count) {
    this.queueCount = count;
    return this;
  }

  /** Sets how many descriptors each queue has, a power of two. */
  public FrontEndOptions queueSize(int size) {
    this.queueSize = size;
    return this;
  }

  /** Sets how many segments of data a request may have. */
  public FrontEndOptions segmentsMax(int segments) {
    this.segmentsMax = segments;
    return this;
  }

  /** Sets how much memory there is for data, in bytes. */
  public FrontEndOptions memoryBytes(long bytes) {
    this.memoryBytes = bytes;
    return this;
  }

  /** Sets into how many regions the memory is cut; neighbours touch. */
  public FrontEndOptions regionCount(int count) {
    this.regionCount = count;
    return this;
  }

  /** Sets log2 of the size of huge pages to use; 0 for ordinary ones. */
  public FrontEndOptions hugePageShift(int shift) {
    this.hugePageShift = shift;
    return this;
  }

  /** Sets whether memory is shared by ADD_MEM_REG; libblkio's order does always. */
  public FrontEndOptions usesMemorySlots(boolean uses) {
    this.usesMemorySlots = uses;
    return this;
  }

  /** Sets whether kick eventfds are passed; without them the back-end must poll. */
  public FrontEndOptions passesKick(boolean passes) {
    this.passesKick = passes;
    return this;
  }

  /** Sets whether call eventfds are passed; without them this side must poll. */
  public FrontEndOptions passesCall(boolean passes) {
    this.passesCall = passes;
    return this;
  }

  /**
   * Sets whether a reply may have the request's NEED_REPLY flag beside its own, which QEMU rejects;
   * qemu-storage-daemon 7.2 answers GET_CONFIG so.
   */
  public FrontEndOptions acceptsNeedReplyInReplies(boolean accepts) {
    this.acceptsNeedReplyInReplies = accepts;
    return this;
  }

  /** Sets how much of the configuration space is read, 0 to 256 bytes; QEMU reads 60. */
  public FrontEndOptions configBytes(int bytes) {
    this.configBytes = bytes;
    return this;
  }

  /** Sets how long to wait for an answer, in nanoseconds. */
  public FrontEndOptions timeoutNs(long timeoutNs) {
    this.timeoutNs = timeoutNs;
    return this;
  }

  /** Returns whose habits to follow. */
  public MessageOrder order() {
    return order;
  }

  /** Returns the mask of virtio features. */
  public long features() {
    return features;
  }

  /** Returns the mask of protocol features. */
  public long protocolFeatures() {
    return protocolFeatures;
  }

  /** Says whether feature bit 30 is acknowledged. */
  public boolean acknowledgesProtocolFeatures() {
    return acknowledgesProtocolFeatures;
  }

  /** Returns how many queues to use. */
  public int queueCount() {
    return queueCount;
  }

  /** Returns how many descriptors each queue has. */
  public int queueSize() {
    return queueSize;
  }

  /** Returns how many segments of data a request may have. */
  public int segmentsMax() {
    return segmentsMax;
  }

  /** Returns how much memory there is for data, in bytes. */
  public long memoryBytes() {
    return memoryBytes;
  }

  /** Returns into how many regions the memory is cut. */
  public int regionCount() {
    return regionCount;
  }

  /** Returns log2 of the size of huge pages; 0 for ordinary ones. */
  public int hugePageShift() {
    return hugePageShift;
  }

  /** Says whether memory is shared by ADD_MEM_REG. */
  public boolean usesMemorySlots() {
    return usesMemorySlots || order == MessageOrder.LIBBLKIO;
  }

  /** Says whether kick eventfds are passed. */
  public boolean passesKick() {
    return passesKick;
  }

  /** Says whether call eventfds are passed. */
  public boolean passesCall() {
    return passesCall;
  }

  /** Says whether a reply may have the request's NEED_REPLY flag. */
  public boolean acceptsNeedReplyInReplies() {
    return acceptsNeedReplyInReplies;
  }

  /** Returns how much of the configuration space is read. */
  public int configBytes() {
    return configBytes;
  }

  /** Returns how long to wait for an answer, in nanoseconds. */
  public long timeoutNs() {
    return timeoutNs;
  }
}
