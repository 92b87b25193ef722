package org.culebra.image;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.linux.Errno;

/**
 * A queue of a device whose size is no whole sector: the rest of the last sector reads as zeroes
 * and can't be written. Requests that stay clear of it pass as they are.
 */
final class TailQueue extends AnsweringQueue {
  private final long endBytes;
  private final BlockRequest[] shortened;
  private final boolean[] used;
  private int usedCount;

  TailQueue(BlockQueue below, int depth, long endBytes) {
    super(below, depth);
    this.endBytes = endBytes;
    shortened = new BlockRequest[depth];
    used = new boolean[depth];
    for (int i = 0; i < depth; i++) {
      shortened[i] = new BlockRequest();
    }
  }

  @Override
  BlockRequest pass(BlockRequest request) {
    if (request.endBytes() <= endBytes) {
      return request;
    }
    if (request.operation() == BlockOperation.WRITE) {
      answer(request, -Errno.ENOSPC);
      return null;
    }
    long there = Math.max(0, endBytes - request.offsetBytes());
    boolean reads = request.operation() == BlockOperation.READ;
    if (reads) {
      long beyond = request.lengthBytes() - there;
      request.memory().zero(request.memoryOffsetBytes() + there, beyond);
    }
    if (there == 0) {
      answer(request, 0);
      return null;
    }
    BlockRequest shorter = unused().tag(request.tag());
    shorter.set(request.operation(), request.offsetBytes(), there, request.flags());
    return reads ? shorter.memory(request.memory(), request.memoryOffsetBytes()) : shorter;
  }

  private BlockRequest unused() {
    int slot = 0;
    while (used[slot]) {
      slot++;
    }
    used[slot] = true;
    usedCount++;
    return shortened[slot];
  }

  @Override
  void onCompletions(CompletionBatch completions, int first) {
    for (int i = first; usedCount > 0 && i < completions.count(); i++) {
      release(completions.tag(i));
    }
  }

  /** Frees the request that a completion belongs to, if it is one of ours. */
  private void release(long tag) {
    for (int slot = 0; slot < used.length; slot++) {
      if (used[slot] && shortened[slot].tag() == tag) {
        used[slot] = false;
        usedCount--;
        return;
      }
    }
  }
}
