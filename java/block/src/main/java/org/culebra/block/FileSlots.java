package org.culebra.block;

import org.culebra.linux.LinuxException;
import org.culebra.linux.Mapping;

/**
 * What a queue of a file has for each request in flight, made once by the depth. Confined to the
 * queue's thread.
 */
final class FileSlots implements AutoCloseable {
  /** A request in memory that direct I/O can't use goes in parts of this size. */
  private static final int BOUNCE_BYTES = 1 << 17;

  final FileHandle file;
  final int depth;
  final FileIo[] all;
  final CompletionRing completed;
  private final Mapping bounce;
  private final FileIo[] free;
  private int freeCount;
  private boolean cancelled;

  FileSlots(FileHandle file, int depth) throws LinuxException {
    this.file = file;
    this.depth = depth;
    completed = new CompletionRing(depth);
    bounce = file.direct ? Mapping.anonymous((long) depth * BOUNCE_BYTES) : null;
    all = new FileIo[depth];
    free = new FileIo[depth];
    for (int i = 0; i < depth; i++) {
      long address = bounce == null ? 0 : bounce.address() + (long) i * BOUNCE_BYTES;
      all[i] = new FileIo(file, i, address, BOUNCE_BYTES);
    }
    while (freeCount < depth) {
      free[freeCount] = all[depth - 1 - freeCount];
      freeCount++;
    }
  }

  /** Takes a slot for a request and begins it; it may be done already. */
  FileIo begin(BlockRequest request) {
    assert !cancelled : "submitted after cancel: " + request;
    assert inflight() < depth : depth + " requests are in flight already: " + request;
    assert RequestRules.isInside(request, file.sizeBytes.get(), file.growable) : request;
    assert RequestRules.isAligned(request, file.alignmentBytes) : request;
    assert RequestRules.hasMemory(request) : request;
    FileIo io = free[--freeCount];
    io.begin(request);
    return io;
  }

  /** Frees the slot of a request that is done; its completion waits to be polled. */
  void complete(FileIo io) {
    completed.add(io.tag(), io.result());
    free[freeCount++] = io;
  }

  /** Marks every request in flight, so that none makes a further step. */
  void cancel() {
    cancelled = true;
    for (FileIo io : all) {
      io.cancel();
    }
  }

  /** Returns how many requests were begun and not yet polled. */
  int inflight() {
    return depth - freeCount + completed.count();
  }

  /** Returns how many requests aren't done. */
  int running() {
    return depth - freeCount;
  }

  /** Gives the memory back; no request is in flight. */
  @Override
  public void close() {
    assert inflight() == 0 : inflight() + " requests in flight at close";
    for (FileIo io : all) {
      io.close();
    }
    if (bounce != null) {
      bounce.close();
    }
  }
}
