package org.culebra.block.filter;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Doorbell;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * One request of an {@link AlignmentQueue}: its range in whole units, a buffer for the unit at
 * either end, and the request that goes below. Confined to the queue's thread.
 *
 * <pre>
 *   unit        unit        unit        unit
 *   |.....######|###########|###########|##.........|   # the request
 *   [ head      ][ middle               ][ tail     ]
 * </pre>
 *
 * <p>A request inside one unit has a head only.
 */
final class AlignmentSlot extends WriteRanges.Range {
  /** What is under way below. */
  enum State {
    /** Nothing yet. */
    WAITING,
    /** The request as it came, or what is left of it; its end is the request's. */
    LAST,
    /** A read of whole units, of which parts are copied out. */
    READ,
    /** The read of the first unit. */
    READ_HEAD,
    /** The read of the last unit. */
    READ_TAIL,
    /** The zeroes between the ends. */
    ZERO_MIDDLE,
    /** The first unit of zeroes, before the last one. */
    WRITE_HEAD
  }

  private static final int SEGMENTS_MAX = 1 << 16;

  final int index;
  final BlockRequest below = new BlockRequest();
  State state = State.WAITING;
  BlockRequest request;
  private final Doorbell doorbell;
  private final int unitBytes;
  private final long headAddress;
  private final long tailAddress;
  private final IoVector vector = new IoVector(SEGMENTS_MAX);
  private long startBytes;
  private long endBytes;
  private boolean headPartial;
  private boolean tailPartial;

  AlignmentSlot(int index, int unitBytes, long bufferAddress, Doorbell doorbell) {
    this.index = index;
    this.unitBytes = unitBytes;
    this.doorbell = doorbell;
    headAddress = bufferAddress;
    tailAddress = bufferAddress + unitBytes;
    below.tag(index);
  }

  @Override
  void wake() {
    doorbell.ring();
  }

  void begin(BlockRequest request) {
    this.request = request;
    state = State.WAITING;
    long mask = unitBytes - 1;
    startBytes = request.offsetBytes() & ~mask;
    endBytes = (request.endBytes() + mask) & ~mask;
    headPartial = request.offsetBytes() != startBytes;
    tailPartial = request.endBytes() != endBytes;
    if (tailPartial && endBytes - startBytes == unitBytes) {
      headPartial = true;
      tailPartial = false;
    }
  }

  boolean isAligned() {
    return !headPartial && !tailPartial;
  }

  boolean hasHead() {
    return headPartial;
  }

  boolean hasTail() {
    return tailPartial;
  }

  boolean hasMiddle() {
    return middleStart() < middleEnd();
  }

  long startBytes() {
    return startBytes;
  }

  long endBytes() {
    return endBytes;
  }

  private long middleStart() {
    return headPartial ? startBytes + unitBytes : startBytes;
  }

  private long middleEnd() {
    return tailPartial ? endBytes - unitBytes : endBytes;
  }

  /** Returns the length of the request's part of the first unit. */
  private long headBytes() {
    return Math.min(request.endBytes(), startBytes + unitBytes) - request.offsetBytes();
  }

  private long tailBytes() {
    return request.endBytes() - middleEnd();
  }

  private long headPartAddress() {
    return headAddress + (request.offsetBytes() - startBytes);
  }

  /** Passes the request on as it is, with the submitter's memory. */
  void pass() {
    below.set(request.operation(), request.offsetBytes(), request.lengthBytes(), request.flags());
    if (request.memory() != null) {
      below.memory(request.memory(), request.memoryOffsetBytes());
    }
    state = State.LAST;
  }

  /** Discards, or zeroes, the whole units between the ends. */
  void middle(State next) {
    long length = middleEnd() - middleStart();
    below.set(request.operation(), middleStart(), length, request.flags());
    state = next;
  }

  void readHead() {
    oneUnit(BlockOperation.READ, headAddress, startBytes, 0, State.READ_HEAD);
  }

  void readTail() {
    oneUnit(BlockOperation.READ, tailAddress, middleEnd(), 0, State.READ_TAIL);
  }

  void writeHead(State next) {
    int flags = request.flags() & BlockRequest.FUA;
    oneUnit(BlockOperation.WRITE, headAddress, startBytes, flags, next);
  }

  void writeTail() {
    int flags = request.flags() & BlockRequest.FUA;
    oneUnit(BlockOperation.WRITE, tailAddress, middleEnd(), flags, State.LAST);
  }

  private void oneUnit(BlockOperation operation, long address, long offset, int flags, State next) {
    vector.clear();
    vector.add(address, unitBytes);
    below.set(operation, offset, unitBytes, flags).memory(vector, 0);
    state = next;
  }

  /** Reads or writes all units: the ends by their buffers, the middle by the request's memory. */
  void wholeUnits(State next) {
    vector.clear();
    long middleBytes = middleEnd() - middleStart();
    if (headPartial) {
      vector.add(headAddress, unitBytes);
    }
    if (middleBytes > 0) {
      long skip = request.memoryOffsetBytes() + (headPartial ? headBytes() : 0);
      boolean fits = vector.addSlice(request.memory(), skip, middleBytes);
      assert fits : request + ": more than " + SEGMENTS_MAX + " segments";
    }
    if (tailPartial) {
      vector.add(tailAddress, unitBytes);
    }
    int flags = request.flags() & BlockRequest.FUA;
    below.set(request.operation(), startBytes, endBytes - startBytes, flags).memory(vector, 0);
    state = next;
  }

  /** Copies the request's parts of the ends to its memory, after a read of whole units. */
  void copyEndsOut() {
    IoVector memory = request.memory();
    if (headPartial) {
      memory.copyFrom(request.memoryOffsetBytes(), headPartAddress(), headBytes());
    }
    if (tailPartial) {
      memory.copyFrom(tailMemoryOffset(), tailAddress, tailBytes());
    }
  }

  /** Puts the request's bytes, or zeroes, into the first unit. */
  void changeHead() {
    if (request.operation() == BlockOperation.WRITE) {
      request.memory().copyTo(request.memoryOffsetBytes(), headPartAddress(), headBytes());
    } else {
      Memory.fill(headPartAddress(), headBytes(), (byte) 0);
    }
  }

  /** Puts the request's bytes, or zeroes, into the last unit. */
  void changeTail() {
    if (request.operation() == BlockOperation.WRITE) {
      request.memory().copyTo(tailMemoryOffset(), tailAddress, tailBytes());
    } else {
      Memory.fill(tailAddress, tailBytes(), (byte) 0);
    }
  }

  private long tailMemoryOffset() {
    return request.memoryOffsetBytes() + request.lengthBytes() - tailBytes();
  }

  void close() {
    vector.close();
  }
}
