package org.culebra.block;

import org.culebra.linux.Errno;
import org.culebra.linux.Files;
import org.culebra.linux.IoVector;

/**
 * One request on its way through a file: which system call is next, and what its result means.
 *
 * <p>{@link #begin} and {@link #onResult} set {@link #step()} and its operands; whoever drives it
 * makes that call, through a ring or on a worker, and brings the result. Confined to one thread at
 * a time; used again for request after request.
 */
final class FileIo {
  /** What is to be done next. */
  enum Step {
    /** Nothing: the request is complete. */
    DONE,
    /** {@code preadv2} of the vector. */
    READ,
    /** {@code pwritev2} of the vector. */
    WRITE,
    /** {@code fdatasync}. */
    SYNC,
    /** {@code fallocate}. */
    ALLOCATE
  }

  private static final int RETRIES_MAX = 100;

  final int index;
  private final FileHandle file;
  private final FileTransfer transfer;
  private final FileZeroes zeroes;
  private BlockRequest request;
  private Step step = Step.DONE;
  private int retries;
  private int result;
  private volatile boolean cancelled;

  FileIo(FileHandle file, int index, long bounceAddress, int bounceBytes) {
    this.file = file;
    this.index = index;
    transfer = new FileTransfer(file, bounceAddress, bounceBytes);
    zeroes = new FileZeroes(file);
  }

  void begin(BlockRequest request) {
    this.request = request;
    retries = 0;
    BlockOperation operation = request.operation();
    if (file.readOnly && RequestRules.isChange(operation)) {
      finish(-Errno.EROFS);
      return;
    }
    switch (operation) {
      case READ, WRITE -> {
        transfer.begin(request);
        step = operation == BlockOperation.READ ? Step.READ : Step.WRITE;
      }
      case FLUSH -> beginFlush();
      case DISCARD -> beginDiscard();
      case WRITE_ZEROES -> {
        zeroes.begin(request);
        nextZeroes();
      }
    }
  }

  private void beginFlush() {
    if (file.readOnly) {
      finish(0);
    } else {
      step = Step.SYNC;
    }
  }

  private void beginDiscard() {
    if (file.punchesHoles) {
      step = Step.ALLOCATE;
    } else {
      finish(-Errno.EOPNOTSUPP);
    }
  }

  /**
   * Takes the result of the step's call.
   *
   * @param callResult a count, 0, or a negated errno
   */
  void onResult(int callResult) {
    if (isTransient(callResult) && !cancelled && retries < RETRIES_MAX) {
      retries++;
      return;
    }
    switch (request.operation()) {
      case READ -> onRead(callResult);
      case WRITE -> onWrite(callResult);
      case FLUSH -> finish(callResult);
      case DISCARD -> onDiscard(callResult);
      case WRITE_ZEROES -> onZeroes(callResult);
    }
    if (step != Step.DONE && cancelled) {
      finish(-Errno.ECANCELED);
    }
  }

  /** Returns whether a call was merely interrupted: the kernel ends those of a thread that ends. */
  private static boolean isTransient(int callResult) {
    return callResult == -Errno.EINTR
        || callResult == -Errno.EAGAIN
        || callResult == -Errno.ECANCELED;
  }

  private void onRead(int callResult) {
    if (callResult < 0) {
      finish(callResult);
    } else if (transfer.advance(callResult)) {
      finish(0);
    } else if (transfer.isAtEnd()) {
      // Past the end of a growable file are zeroes; any other file has become shorter.
      if (file.growable) {
        transfer.zeroRest();
      }
      finish(file.growable ? 0 : -Errno.EIO);
    }
  }

  private void onWrite(int callResult) {
    if (callResult < 0) {
      finish(callResult);
    } else if (callResult == 0) {
      finish(-Errno.EIO);
    } else {
      file.growTo(transfer.offsetBytes() + callResult);
      if (transfer.advance(callResult)) {
        finish(0);
      }
    }
  }

  private void onDiscard(int callResult) {
    if (callResult == -Errno.EOPNOTSUPP) {
      file.punchesHoles = false;
    }
    finish(callResult);
  }

  private void onZeroes(int callResult) {
    if (step == Step.SYNC) {
      finish(callResult);
      return;
    }
    int outcome = zeroes.onResult(callResult);
    if (outcome < 0) {
      finish(outcome);
    } else {
      nextZeroes();
    }
  }

  private void nextZeroes() {
    step = zeroes.step();
    if (step == Step.DONE) {
      int outcome = zeroes.outcome();
      if (outcome == 0) {
        file.growTo(request.endBytes());
      }
      if (outcome == 0 && request.has(BlockRequest.FUA)) {
        step = Step.SYNC;
      } else {
        finish(outcome);
      }
    }
  }

  private void finish(int requestResult) {
    assert requestResult <= 0;
    result = requestResult;
    step = Step.DONE;
  }

  /** Makes the step that is under way the last one. Any thread. */
  void cancel() {
    cancelled = true;
  }

  /** Ends a request that hasn't begun its first step, or whose step will never be made. */
  void abandon(int requestResult) {
    finish(requestResult);
  }

  boolean isCancelled() {
    return cancelled;
  }

  Step step() {
    return step;
  }

  boolean isDone() {
    return step == Step.DONE;
  }

  /** Returns what the request completes with, once it is done. */
  int result() {
    assert isDone();
    return result;
  }

  long tag() {
    return request.tag();
  }

  /** Returns the vector of a read or write. */
  IoVector vector() {
    return request.operation() == BlockOperation.WRITE_ZEROES ? zeroes.vector() : transfer.vector();
  }

  long offsetBytes() {
    return switch (request.operation()) {
      case READ, WRITE -> transfer.offsetBytes();
      case WRITE_ZEROES -> zeroes.offsetBytes();
      default -> request.offsetBytes();
    };
  }

  /** Returns the length of an allocation. */
  long lengthBytes() {
    return request.lengthBytes();
  }

  int rwFlags() {
    // A write zeroes is made durable once, at its end.
    boolean write = request.operation() == BlockOperation.WRITE;
    return write && request.has(BlockRequest.FUA) ? Files.RWF_DSYNC : 0;
  }

  int allocationMode() {
    return request.operation() == BlockOperation.DISCARD
        ? Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE
        : zeroes.allocationMode();
  }

  void close() {
    transfer.close();
    zeroes.close();
  }
}
