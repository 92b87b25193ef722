package org.culebra.block;

/**
 * A run of a device's bytes of one kind, filled in by whoever is asked; owned by the caller and
 * used again.
 */
public final class Extent {
  /** What the bytes of a run are. */
  public enum Kind {
    /** Stored bytes. */
    DATA,
    /** Known to read as zeroes. */
    ZERO,
    /** Not stored here: the backing file's, or zeroes when there is none. */
    UNALLOCATED,
    /** Stored, compressed. */
    COMPRESSED
  }

  private Kind kind = Kind.UNALLOCATED;
  private long offsetBytes;
  private long lengthBytes;
  private long physicalOffsetBytes;
  private int depth;
  private boolean hole;

  /** Makes an empty one. */
  public Extent() {}

  /**
   * Sets the run.
   *
   * @param physicalOffsetBytes where it begins in the file that holds it, or -1
   * @return this
   */
  public Extent set(Kind kind, long offsetBytes, long lengthBytes, long physicalOffsetBytes) {
    this.kind = kind;
    this.offsetBytes = offsetBytes;
    this.lengthBytes = lengthBytes;
    this.physicalOffsetBytes = physicalOffsetBytes;
    this.depth = 0;
    this.hole = false;
    return this;
  }

  /**
   * Sets whether stored bytes have a place where the file below has a hole, so that they read as
   * zeroes.
   *
   * @return this
   */
  public Extent hole(boolean hole) {
    assert !hole || kind == Kind.DATA : kind + ": only data has a place that reads as stored";
    this.hole = hole;
    return this;
  }

  /**
   * Sets which file of a backing chain holds the run: 0 is the top.
   *
   * @return this
   */
  public Extent depth(int depth) {
    this.depth = depth;
    return this;
  }

  /** Returns what the bytes are. */
  public Kind kind() {
    return kind;
  }

  /** Returns whether its place is a hole of the file below, so that it reads as zeroes. */
  public boolean isHole() {
    return hole;
  }

  /** Returns whether bytes are stored for it here, be they zeroes or not. */
  public boolean isStored() {
    return kind == Kind.DATA || kind == Kind.COMPRESSED;
  }

  /** Returns whether only reading tells what the bytes are. */
  public boolean hasContent() {
    return isStored() && !hole;
  }

  /** Returns where the run begins in the device that was asked. */
  public long offsetBytes() {
    return offsetBytes;
  }

  /** Returns how long it is. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** Returns where it begins in the file that holds it, or -1 where no one place does. */
  public long physicalOffsetBytes() {
    return physicalOffsetBytes;
  }

  /** Returns which file of the backing chain holds it, 0 for the top. */
  public int depth() {
    return depth;
  }

  @Override
  public String toString() {
    return kind + " " + offsetBytes + "+" + lengthBytes + " at " + physicalOffsetBytes;
  }
}
