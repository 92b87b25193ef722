package org.culebra.virtio;

import org.culebra.guest.GuestMemory;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * The walk along a descriptor chain (virtio 1.3 §2.7.5): every descriptor is read exactly once, so
 * that what was checked is what is used, whatever the guest writes meanwhile.
 *
 * <p>A chain in the queue's table has at most the queue size of descriptors; that is also what ends
 * a loop. A table of indirect descriptors may have 1024 where the queue is smaller than that: the
 * specification bounds it by the queue size (§2.7.5.3.1), but Windows' viostor sends 512 + 3 on
 * smaller queues. Descriptors of length 0 are legal and hold no byte.
 */
public final class DescriptorChain {
  /** The chain is good. */
  public static final int OK = 0;

  /** The head isn't below the queue size. */
  public static final int HEAD_OUT_OF_RANGE = 1;

  /** A next isn't below the table's length. */
  public static final int NEXT_OUT_OF_RANGE = 2;

  /** There are more descriptors than the table has: a loop. */
  public static final int CHAIN_TOO_LONG = 3;

  /** A device-readable descriptor after a device-writable one (§2.7.4.2). */
  public static final int READABLE_AFTER_WRITABLE = 4;

  /** More than 2^32 bytes (§2.7.5.2). */
  public static final int TOTAL_TOO_LONG = 5;

  /** Bytes that no region of guest memory holds. */
  public static final int NOT_MAPPED = 6;

  /** More scattered than {@link ChainBuffers#SEGMENTS_MAX} (a limit of ours, §2.7.4.1). */
  public static final int TOO_MANY_SEGMENTS = 7;

  /** An indirect descriptor without INDIRECT_DESC negotiated (§2.7.5.3.1). */
  public static final int INDIRECT_NOT_NEGOTIATED = 8;

  /** A descriptor that is indirect and has a next (§2.7.5.3.1). */
  public static final int INDIRECT_WITH_NEXT = 9;

  /** An indirect descriptor in an indirect table (§2.7.5.3.1). */
  public static final int INDIRECT_NESTED = 10;

  /** An indirect table whose length is 0 or no multiple of 16. */
  public static final int INDIRECT_LENGTH = 11;

  /** An indirect table longer than the limit. */
  public static final int INDIRECT_TOO_LONG = 12;

  /** An indirect table that guest memory doesn't hold. */
  public static final int INDIRECT_NOT_MAPPED = 13;

  /** How many descriptors an indirect table may have where the queue is smaller. */
  public static final int INDIRECT_DESCRIPTORS_MAX = 1024;

  /** The longest chain in bytes. */
  public static final long TOTAL_BYTES_MAX = 1L << 32;

  private static final int DESCRIPTOR_SHIFT = 4;
  private static final int FLAGS_SHIFT = 32;
  private static final int NEXT_SHIFT = 48;
  private static final long LEN_MASK = 0xffff_ffffL;

  private DescriptorChain() {}

  /**
   * Collects a chain's buffers.
   *
   * @param head as fetched
   * @param out is cleared and filled; after a fault it holds a part, and the fault
   * @return {@link #OK} or the reason why the chain is wrong
   */
  public static int walk(SplitVirtqueue queue, int head, GuestMemory memory, ChainBuffers out) {
    out.begin(queue.index(), head);
    if (head < 0 || head >= queue.queueSize()) {
      return out.fault(HEAD_OUT_OF_RANGE, queue.queueSize());
    }
    long tableGuestAddress = 0;
    long tableAddress = queue.descriptorTableAddress();
    int tableLength = queue.queueSize();
    int index = head;
    boolean isIndirect = false;
    for (int hops = 0; hops < tableLength; hops++) {
      // The only two loads of this descriptor: from here on the locals are what counts.
      final long offset = (long) index << DESCRIPTOR_SHIFT;
      final long addr;
      final long lenFlagsNext;
      if (tableAddress != GuestMemory.NOT_MAPPED) {
        addr = Memory.getLong(tableAddress + offset);
        lenFlagsNext = Memory.getLong(tableAddress + offset + SplitRing.DESCRIPTOR_LEN);
      } else {
        addr = memory.getLong(tableGuestAddress + offset);
        lenFlagsNext = memory.getLong(tableGuestAddress + offset + SplitRing.DESCRIPTOR_LEN);
      }
      out.at(isIndirect, index, addr, lenFlagsNext);
      if ((flags(lenFlagsNext) & SplitRing.DESC_F_INDIRECT) != 0) {
        final int reason = checkIndirect(queue, isIndirect, memory, out);
        if (reason != OK) {
          return reason;
        }
        // Direct descriptors may stand before it, and its WRITE flag means nothing (§2.7.5.3.2).
        isIndirect = true;
        tableGuestAddress = addr;
        tableAddress = memory.hostAddress(addr, len(lenFlagsNext)); // NOT_MAPPED: several regions
        tableLength = (int) (len(lenFlagsNext) >>> DESCRIPTOR_SHIFT);
        index = 0;
        hops = -1;
        continue;
      }
      final int reason = addBuffer(memory, out, addr, lenFlagsNext);
      if (reason != OK || (flags(lenFlagsNext) & SplitRing.DESC_F_NEXT) == 0) {
        return reason;
      }
      index = next(lenFlagsNext);
      if (index >= tableLength) {
        return out.fault(NEXT_OUT_OF_RANGE, tableLength);
      }
    }
    return out.fault(CHAIN_TOO_LONG, tableLength);
  }

  /** Returns what a reason means, in general words. */
  public static String reasonText(int reason) {
    return switch (reason) {
      case OK -> "good";
      case HEAD_OUT_OF_RANGE -> "head not below queue size";
      case NEXT_OUT_OF_RANGE -> "next not below table length";
      case CHAIN_TOO_LONG -> "chain of more descriptors than its table";
      case READABLE_AFTER_WRITABLE -> "device-readable after device-writable";
      case TOTAL_TOO_LONG -> "chain longer than 2^32 bytes";
      case NOT_MAPPED -> "not in guest memory";
      case TOO_MANY_SEGMENTS -> "more than " + ChainBuffers.SEGMENTS_MAX + " segments";
      case INDIRECT_NOT_NEGOTIATED -> "indirect, but INDIRECT_DESC not negotiated";
      case INDIRECT_WITH_NEXT -> "indirect and next in one descriptor";
      case INDIRECT_NESTED -> "indirect inside an indirect table";
      case INDIRECT_LENGTH -> "indirect table length not a multiple of 16 above 0";
      case INDIRECT_TOO_LONG -> "indirect table of too many descriptors";
      case INDIRECT_NOT_MAPPED -> "indirect table not in guest memory";
      default -> throw new IllegalArgumentException("reason " + reason);
    };
  }

  private static int addBuffer(GuestMemory memory, ChainBuffers out, long addr, long lenFlagsNext) {
    final IoVector readable = out.readable;
    final IoVector writable = out.writable;
    final boolean isWritable = (flags(lenFlagsNext) & SplitRing.DESC_F_WRITE) != 0;
    if (isWritable) {
      out.isWritableSeen = true;
    } else if (out.isWritableSeen) {
      return out.fault(READABLE_AFTER_WRITABLE, 0);
    }
    final long len = len(lenFlagsNext);
    // No overflow: what the vectors hold passed this check, and len is below 2^32.
    if (readable.lengthBytes() + writable.lengthBytes() + len > TOTAL_BYTES_MAX) {
      return out.fault(TOTAL_TOO_LONG, 0);
    }
    if (!memory.translate(addr, len, isWritable ? writable : readable)) {
      return memory.isMapped(addr, len)
          ? out.fault(TOO_MANY_SEGMENTS, 0)
          : out.fault(NOT_MAPPED, memory.mappedEnd(addr));
    }
    return OK;
  }

  private static int checkIndirect(
      SplitVirtqueue queue, boolean isNested, GuestMemory memory, ChainBuffers out) {
    final long addr = out.addr();
    final long len = len(out.lenFlagsNext());
    final int descriptorsMax = Math.max(queue.queueSize(), INDIRECT_DESCRIPTORS_MAX);
    if (!queue.isIndirectDesc()) {
      return out.fault(INDIRECT_NOT_NEGOTIATED, 0);
    }
    if (isNested) {
      return out.fault(INDIRECT_NESTED, 0);
    }
    if ((flags(out.lenFlagsNext()) & SplitRing.DESC_F_NEXT) != 0) {
      return out.fault(INDIRECT_WITH_NEXT, 0);
    }
    if (len == 0 || len % SplitRing.DESCRIPTOR_BYTES != 0) {
      return out.fault(INDIRECT_LENGTH, 0);
    }
    if (len >>> DESCRIPTOR_SHIFT > descriptorsMax) {
      return out.fault(INDIRECT_TOO_LONG, descriptorsMax);
    }
    if (!memory.isMapped(addr, len)) {
      return out.fault(INDIRECT_NOT_MAPPED, memory.mappedEnd(addr));
    }
    return OK;
  }

  static long len(long lenFlagsNext) {
    return lenFlagsNext & LEN_MASK;
  }

  static int flags(long lenFlagsNext) {
    return (int) (lenFlagsNext >>> FLAGS_SHIFT) & SplitRing.IDX_MASK;
  }

  static int next(long lenFlagsNext) {
    return (int) (lenFlagsNext >>> NEXT_SHIFT);
  }
}
