package org.culebra.block;

import org.culebra.linux.Errno;
import org.culebra.linux.Files;
import org.culebra.linux.IoVector;

/**
 * A write zeroes of a file: by a hole, by an unwritten range, by a hole that is allocated again, or
 * by writing zeroes, whichever is the first that the request allows and the file system does.
 */
final class FileZeroes {
  private enum Way {
    HOLE,
    RANGE,
    HOLE_BEFORE_ALLOCATION,
    ALLOCATION,
    BUFFERS,
    NONE
  }

  private static final int SEGMENTS = 16;

  private final FileHandle file;
  // Made when it is first needed.
  private IoVector vector;
  private BlockRequest request;
  private Way way = Way.NONE;
  private long doneBytes;
  private int outcome;
  private boolean tryCalls;

  FileZeroes(FileHandle file) {
    this.file = file;
  }

  void begin(BlockRequest request) {
    this.request = request;
    tryCalls = true;
    choose();
  }

  private void choose() {
    boolean grows = file.growable && request.endBytes() > file.sizeBytes.get();
    doneBytes = 0;
    outcome = 0;
    if (tryCalls && request.has(BlockRequest.UNMAP) && file.punchesHoles && !grows) {
      way = Way.HOLE;
    } else if (tryCalls && file.zeroesRanges) {
      way = Way.RANGE;
    } else if (tryCalls && file.punchesHoles && file.allocates) {
      way = Way.HOLE_BEFORE_ALLOCATION;
    } else if (request.has(BlockRequest.NO_FALLBACK)) {
      way = Way.NONE;
      outcome = -Errno.EOPNOTSUPP;
    } else {
      way = Way.BUFFERS;
      fillVector();
    }
  }

  private void fillVector() {
    if (vector == null) {
      vector = new IoVector(SEGMENTS);
    }
    vector.clear();
    long left = request.lengthBytes() - doneBytes;
    for (int i = 0; i < SEGMENTS && left > 0; i++) {
      long length = Math.min(left, FileHandle.ZEROES_BYTES);
      vector.add(FileHandle.ZEROES_ADDRESS, length);
      left -= length;
    }
  }

  /**
   * Takes the result of the step's call.
   *
   * @return a negated errno to end with, or 0 to go on with {@link #step()}
   */
  int onResult(int callResult) {
    if (way == Way.BUFFERS) {
      return onWritten(callResult);
    }
    if (callResult == 0) {
      way = way == Way.HOLE_BEFORE_ALLOCATION ? Way.ALLOCATION : Way.NONE;
      return 0;
    }
    if (callResult == -Errno.EOPNOTSUPP || callResult == -Errno.ENOSYS) {
      forget();
      choose();
      return 0;
    }
    if (callResult == -Errno.EINVAL) {
      // Some file systems and devices take only their own units here.
      tryCalls = false;
      choose();
      return 0;
    }
    return callResult;
  }

  private int onWritten(int callResult) {
    if (callResult <= 0) {
      return callResult == 0 ? -Errno.EIO : callResult;
    }
    doneBytes += callResult & -file.alignmentBytes;
    if (doneBytes == request.lengthBytes()) {
      way = Way.NONE;
    } else {
      fillVector();
    }
    return 0;
  }

  private void forget() {
    switch (way) {
      case HOLE, HOLE_BEFORE_ALLOCATION -> file.punchesHoles = false;
      case RANGE -> file.zeroesRanges = false;
      default -> file.allocates = false;
    }
  }

  FileIo.Step step() {
    return switch (way) {
      case NONE -> FileIo.Step.DONE;
      case BUFFERS -> FileIo.Step.WRITE;
      default -> FileIo.Step.ALLOCATE;
    };
  }

  /** Returns what the request ends with when there is no further step. */
  int outcome() {
    return outcome;
  }

  int allocationMode() {
    int keepSize = file.growable ? 0 : Files.FALLOC_FL_KEEP_SIZE;
    return switch (way) {
      case HOLE, HOLE_BEFORE_ALLOCATION -> Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE;
      case RANGE -> Files.FALLOC_FL_ZERO_RANGE | keepSize;
      default -> keepSize;
    };
  }

  IoVector vector() {
    return vector;
  }

  long offsetBytes() {
    return request.offsetBytes() + doneBytes;
  }

  void close() {
    if (vector != null) {
      vector.close();
    }
  }
}
