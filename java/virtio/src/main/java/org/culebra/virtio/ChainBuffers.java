package org.culebra.virtio;

import org.culebra.linux.IoVector;

/**
 * What a walk along a descriptor chain found: the buffers, or the descriptor that was wrong.
 * Confined to the thread that owns the queue.
 *
 * <p>The vectors are made at the first walk, so that a slot that never was in use costs nothing.
 */
public final class ChainBuffers implements AutoCloseable {
  /**
   * How many segments each vector holds at most: 1024 of data and then some, for header, status and
   * regions crossed. It bounds the memory that a driver can make us keep.
   */
  public static final int SEGMENTS_MAX = 1280;

  /** The device-readable bytes in the driver's order; null before the first walk. */
  public IoVector readable;

  /** The device-writable bytes in the driver's order; null before the first walk. */
  public IoVector writable;

  boolean isWritableSeen;

  private int reason;
  private int queueIndex;
  private int head;
  private boolean isIndirect;
  private int descriptor;
  private long addr;
  private long lenFlagsNext;
  private long limit;

  /** Makes empty buffers. */
  public ChainBuffers() {}

  /** Returns what the last walk returned. */
  public int reason() {
    return reason;
  }

  /**
   * Returns the last walk's fault in one line: the place, the descriptor as it was read, the rule.
   */
  public String describeFault() {
    StringBuilder text = new StringBuilder("queue ").append(queueIndex);
    text.append(" head ").append(head).append(": ");
    if (reason != DescriptorChain.OK && reason != DescriptorChain.HEAD_OUT_OF_RANGE) {
      text.append(isIndirect ? "indirect descriptor " : "descriptor ").append(descriptor);
      text.append(" {addr 0x").append(Long.toHexString(addr));
      text.append(", len 0x").append(Long.toHexString(DescriptorChain.len(lenFlagsNext)));
      text.append(", flags ").append(flagNames(DescriptorChain.flags(lenFlagsNext)));
      text.append(", next ").append(DescriptorChain.next(lenFlagsNext)).append("}: ");
    }
    return text.append(rule()).toString();
  }

  /** Frees the vectors' memory. */
  @Override
  public void close() {
    if (readable != null) {
      readable.close();
      writable.close();
      readable = null;
      writable = null;
    }
  }

  void begin(int queueIndex, int head) {
    this.reason = DescriptorChain.OK;
    this.queueIndex = queueIndex;
    this.head = head;
    this.isWritableSeen = false;
    if (readable == null) {
      readable = new IoVector(SEGMENTS_MAX);
      writable = new IoVector(SEGMENTS_MAX);
    } else {
      readable.clear();
      writable.clear();
    }
  }

  /** Notes the descriptor in hand, as it was read. */
  void at(boolean isIndirect, int descriptor, long addr, long lenFlagsNext) {
    this.isIndirect = isIndirect;
    this.descriptor = descriptor;
    this.addr = addr;
    this.lenFlagsNext = lenFlagsNext;
  }

  long addr() {
    return addr;
  }

  long lenFlagsNext() {
    return lenFlagsNext;
  }

  /** Notes the rule that it breaks, with the rule's own number, and returns the reason. */
  int fault(int reason, long limit) {
    this.reason = reason;
    this.limit = limit;
    return reason;
  }

  private String rule() {
    return switch (reason) {
      case DescriptorChain.HEAD_OUT_OF_RANGE -> "head not below queue size " + limit;
      case DescriptorChain.NEXT_OUT_OF_RANGE -> "next not below " + limit;
      case DescriptorChain.CHAIN_TOO_LONG -> "chain of more than " + limit + " descriptors";
      case DescriptorChain.INDIRECT_TOO_LONG ->
          "indirect table of more than " + limit + " descriptors";
      case DescriptorChain.NOT_MAPPED, DescriptorChain.INDIRECT_NOT_MAPPED ->
          limit == addr ? "not in guest memory" : "crosses region end 0x" + Long.toHexString(limit);
      default -> DescriptorChain.reasonText(reason);
    };
  }

  private static String flagNames(int flags) {
    StringBuilder text = new StringBuilder();
    appendFlag(text, flags, SplitRing.DESC_F_NEXT, "NEXT");
    appendFlag(text, flags, SplitRing.DESC_F_WRITE, "WRITE");
    appendFlag(text, flags, SplitRing.DESC_F_INDIRECT, "INDIRECT");
    final int others =
        flags & ~(SplitRing.DESC_F_NEXT | SplitRing.DESC_F_WRITE | SplitRing.DESC_F_INDIRECT);
    appendFlag(text, others, others, "0x" + Integer.toHexString(others));
    return text.isEmpty() ? "0" : text.toString();
  }

  private static void appendFlag(StringBuilder text, int flags, int flag, String name) {
    if ((flags & flag) != 0) {
      text.append(text.isEmpty() ? "" : "|").append(name);
    }
  }
}
