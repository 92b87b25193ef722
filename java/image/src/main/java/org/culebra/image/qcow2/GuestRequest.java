package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.OwnedRequest;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;

/**
 * A request of the guest on its way through an image. Confined to the owner.
 *
 * <p>It is cut into pieces that are in flight together; its position is where the next one begins.
 * When a table is missing it waits there and looks again. It ends once, when no piece is left, with
 * the first error; if it has to be durable, after a write-back.
 */
final class GuestRequest extends OwnedRequest {
  private static final int NO_EPOCH = -1;

  private final Qcow2Core core;
  private long position;
  private long end;
  private int pieces;
  private int error;
  private int epoch;
  private boolean durable;
  private boolean isAwaitingRelief;

  GuestRequest(Qcow2Core core) {
    this.core = core;
  }

  /** Begins; called once for each use. */
  void begin() {
    BlockRequest request = request();
    position = request.offsetBytes();
    end = request.endBytes();
    pieces = 0;
    error = 0;
    durable = false;
    epoch = NO_EPOCH;
    int refusal = core.refusal(request);
    if (refusal != 0) {
      complete(refusal);
    } else if (request.operation() == BlockOperation.FLUSH) {
      awaitDurable();
    } else {
      run(0);
    }
  }

  @Override
  protected void run(int wakeResult) {
    if (durable) {
      complete(wakeResult);
      return;
    }
    isAwaitingRelief = false;
    if (epoch == NO_EPOCH) {
      epoch = core.epochs.enter();
    }
    if (left() > 0) {
      if (wakeResult != 0) {
        fail(wakeResult);
      } else if (isCancelled()) {
        fail(-Errno.ECANCELED);
      } else {
        step();
      }
    }
    if (left() == 0 && pieces == 0) {
      finish();
    }
  }

  private void step() {
    switch (request().operation()) {
      case READ -> core.readPath.step(this);
      case WRITE -> core.writePath.step(this);
      default -> core.zeroPath.step(this);
    }
  }

  /** Returns where the next piece begins. */
  long position() {
    return position;
  }

  /** Returns the bytes that are in no piece yet; 0 after a failure. */
  long left() {
    return end - position;
  }

  /** Goes past bytes for which nothing needs to be done. */
  void skip(long bytes) {
    position += bytes;
    assert position <= end;
  }

  /** Goes past bytes that a child request or an allocation works on from here on. */
  void beginPiece(long bytes) {
    skip(bytes);
    pieces++;
  }

  /** A piece ended. */
  void endPiece(int result) {
    pieces--;
    assert pieces >= 0;
    if (result != 0 && error == 0) {
      error = result;
    }
    if (pieces == 0) {
      if (left() == 0 && !isWaiting()) {
        finish();
      } else if (isAwaitingRelief) {
        leaveEpoch();
      }
    }
  }

  /**
   * Waits until more can be changed. It keeps no translation meanwhile, so it leaves its epoch:
   * what it waits for may be that its own epoch ends.
   */
  void awaitRelief() {
    isAwaitingRelief = true;
    if (pieces == 0) {
      leaveEpoch();
    }
    core.writeBack.awaitRelief(this);
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    endPiece(result);
  }

  /** Gives up what is in no piece yet. */
  void fail(int result) {
    assert result < 0;
    if (error == 0) {
      error = result;
    }
    position = end;
  }

  /** Returns the memory that is written: the guest's, or zeroes. */
  IoVector memory() {
    IoVector memory = request().memory();
    return memory != null ? memory : core.buffers.zeroes();
  }

  /** Returns where the byte of a guest offset is in the memory; zeroes are alike everywhere. */
  long memoryOffset(long guestOffset) {
    BlockRequest request = request();
    return request.memory() == null
        ? 0
        : request.memoryOffsetBytes() + (guestOffset - request.offsetBytes());
  }

  private void finish() {
    leaveEpoch();
    BlockRequest request = request();
    boolean fua = request.operation() != BlockOperation.READ && request.has(BlockRequest.FUA);
    if (error == 0 && fua && core.mustFlushForFua()) {
      awaitDurable();
    } else {
      complete(error);
    }
  }

  private void awaitDurable() {
    durable = true;
    core.writeBack.join(this);
  }

  private void leaveEpoch() {
    if (epoch != NO_EPOCH) {
      core.epochs.leave(epoch);
      epoch = NO_EPOCH;
      core.frees.onRequestEnd();
    }
  }
}
