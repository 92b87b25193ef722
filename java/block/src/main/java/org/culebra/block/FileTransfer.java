package org.culebra.block;

import org.culebra.linux.IoVector;

/**
 * The memory and position of a read or write of a file, part by part: as much as one call takes.
 *
 * <p>A part is the request's own vector when the kernel takes it whole; else a slice of it; else,
 * when direct I/O can't use the memory as it stands, a buffer.
 */
final class FileTransfer {
  private final FileHandle file;
  private final long bounceAddress;
  private final int bounceBytes;
  // Made when it is first needed: most requests' own vectors serve.
  private IoVector slice;
  private BlockRequest request;
  private IoVector part;
  private long doneBytes;
  private boolean bounced;
  private boolean atEnd;

  FileTransfer(FileHandle file, long bounceAddress, int bounceBytes) {
    this.file = file;
    this.bounceAddress = bounceAddress;
    this.bounceBytes = bounceBytes;
  }

  void begin(BlockRequest request) {
    this.request = request;
    doneBytes = 0;
    atEnd = false;
    nextPart();
  }

  private void nextPart() {
    IoVector memory = request.memory();
    bounced = false;
    if (doneBytes == 0
        && request.lengthBytes() == memory.lengthBytes()
        && memory.count() <= IoVector.KERNEL_SEGMENTS_MAX
        && isUsable(memory)) {
      part = memory;
      return;
    }
    clearSlice();
    slice.addSlice(memory, memoryOffset(), leftBytes());
    slice.dropLast(slice.lengthBytes() % file.alignmentBytes);
    if (slice.lengthBytes() == 0 || !isUsable(slice)) {
      bounce(memory);
    }
  }

  private void bounce(IoVector memory) {
    long length = Math.min(leftBytes(), bounceBytes);
    bounced = true;
    clearSlice();
    slice.add(bounceAddress, length);
    if (request.operation() == BlockOperation.WRITE) {
      memory.copyTo(memoryOffset(), bounceAddress, length);
      file.copiedBytes.getAndAdd(length);
    }
  }

  private void clearSlice() {
    if (slice == null) {
      slice = new IoVector(IoVector.KERNEL_SEGMENTS_MAX);
    }
    slice.clear();
    part = slice;
  }

  /** Returns whether direct I/O takes memory as it stands; without direct I/O all is taken. */
  private boolean isUsable(IoVector memory) {
    if (!file.direct) {
      return true;
    }
    int addressMask = file.memoryAlignmentBytes - 1;
    int lengthMask = file.alignmentBytes - 1;
    for (int i = 0; i < memory.count(); i++) {
      if ((memory.address(i) & addressMask) != 0 || (memory.length(i) & lengthMask) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Notes that a call moved so many bytes, and makes the next part.
   *
   * @return true when nothing is left
   */
  boolean advance(int movedBytes) {
    if (bounced && movedBytes > 0 && request.operation() == BlockOperation.READ) {
      request.memory().copyFrom(memoryOffset(), bounceAddress, movedBytes);
      file.copiedBytes.getAndAdd(movedBytes);
    }
    doneBytes += movedBytes;
    if (leftBytes() == 0) {
      return true;
    }
    // A read that ends inside a unit has met the end of the file.
    int fraction = movedBytes & (file.alignmentBytes - 1);
    atEnd = movedBytes == 0 || (fraction != 0 && request.operation() == BlockOperation.READ);
    if (!atEnd) {
      // What was written of a unit is written again with the rest of it.
      doneBytes -= fraction;
      nextPart();
    }
    return false;
  }

  /** Returns whether a read met the end of the file. */
  boolean isAtEnd() {
    return atEnd;
  }

  /** Fills what was not read with zeroes. */
  void zeroRest() {
    request.memory().zero(memoryOffset(), leftBytes());
  }

  IoVector vector() {
    return part;
  }

  long offsetBytes() {
    return request.offsetBytes() + doneBytes;
  }

  private long memoryOffset() {
    return request.memoryOffsetBytes() + doneBytes;
  }

  private long leftBytes() {
    return request.lengthBytes() - doneBytes;
  }

  void close() {
    if (slice != null) {
      slice.close();
    }
  }
}
