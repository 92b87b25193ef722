package org.culebra.block;

import org.culebra.linux.IoVector;

/**
 * One request to a {@link BlockQueue}: operation, offset, length, flags, memory and a tag.
 *
 * <p>Made once and used again. The submitter owns it and leaves it alone from {@code submit} to its
 * completion; the layer it was submitted to may keep a reference until then and never changes it.
 */
public final class BlockRequest {
  /** A write (or write zeroes) is durable when it completes. */
  public static final int FUA = 1;

  /** Write zeroes may deallocate the range. */
  public static final int UNMAP = 1 << 1;

  /** Write zeroes fails with ENOTSUP rather than writing buffers of zeroes. */
  public static final int NO_FALLBACK = 1 << 2;

  private BlockOperation operation = BlockOperation.FLUSH;
  private int flags;
  private long offsetBytes;
  private long lengthBytes;
  private IoVector memory;
  private long memoryOffsetBytes;
  private long tag;

  /** Makes a request that is a flush until something else is set. */
  public BlockRequest() {}

  /**
   * Sets what is asked for; a read or write sets its memory as well.
   *
   * @param operation the operation
   * @param offsetBytes from the beginning of the device; 0 for a flush
   * @param lengthBytes above 0; 0 for a flush
   * @param flags of {@link #FUA}, {@link #UNMAP}, {@link #NO_FALLBACK}
   * @return this
   */
  public BlockRequest set(BlockOperation operation, long offsetBytes, long lengthBytes, int flags) {
    assert offsetBytes >= 0 && lengthBytes >= 0;
    assert (operation == BlockOperation.FLUSH) == (lengthBytes == 0);
    this.operation = operation;
    this.offsetBytes = offsetBytes;
    this.lengthBytes = lengthBytes;
    this.flags = flags;
    this.memory = null;
    this.memoryOffsetBytes = 0;
    return this;
  }

  /**
   * Sets the memory of a read or write: the bytes of a vector from an offset on, as many as the
   * request is long. A layer that splits a request passes its parent's vector on with an offset.
   *
   * @return this
   */
  public BlockRequest memory(IoVector memory, long memoryOffsetBytes) {
    assert operation == BlockOperation.READ || operation == BlockOperation.WRITE;
    assert memoryOffsetBytes >= 0 && memoryOffsetBytes + lengthBytes <= memory.lengthBytes();
    this.memory = memory;
    this.memoryOffsetBytes = memoryOffsetBytes;
    return this;
  }

  /**
   * Sets the 64 bits that the completion returns; the layer below doesn't look into them.
   *
   * @return this
   */
  public BlockRequest tag(long tag) {
    this.tag = tag;
    return this;
  }

  /** Returns the operation. */
  public BlockOperation operation() {
    return operation;
  }

  /** Returns the flags. */
  public int flags() {
    return flags;
  }

  /** Returns whether a flag is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Returns the offset in the device. */
  public long offsetBytes() {
    return offsetBytes;
  }

  /** Returns the length. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** Returns the offset of the byte after the last. */
  public long endBytes() {
    return offsetBytes + lengthBytes;
  }

  /** Returns the memory of a read or write, else null. */
  public IoVector memory() {
    return memory;
  }

  /** Returns where the request's bytes begin in {@link #memory()}. */
  public long memoryOffsetBytes() {
    return memoryOffsetBytes;
  }

  /** Returns the tag. */
  public long tag() {
    return tag;
  }

  @Override
  public String toString() {
    return operation + " " + offsetBytes + "+" + lengthBytes + " tag 0x" + Long.toHexString(tag);
  }
}
