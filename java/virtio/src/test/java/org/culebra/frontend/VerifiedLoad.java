package org.culebra.frontend;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.blk.BlkStatus;

/**
 * Random requests on all queues of a front-end, each read compared with a model of the disk.
 *
 * <p>Requests in flight never overlap, so that what a read must return is certain. Confined to one
 * thread.
 */
final class VerifiedLoad {
  private static final int SECTOR_BYTES = 512;
  private static final int SECTORS_MAX = 48;
  private static final int SEGMENTS_MAX = 7;
  private static final int DEPTH_PER_QUEUE = 8;
  private static final long AWAIT_NS = 10_000_000_000L;

  private enum Kind {
    READ,
    WRITE,
    ZEROES,
    FLUSH
  }

  private final FrontEnd frontEnd;
  private final SplittableRandom random;
  private final byte[] model;
  private final int queueCount;
  private final int depth;
  private final long[] buffers;
  private final boolean[] busy;
  private final Kind[] kinds;
  private final int[] sectors;
  private final int[] counts;
  private final long[][] pieces;
  private final IoVector segments = new IoVector(SEGMENTS_MAX + 1);
  private final CompletionHandler handler = this::onComplete;
  private int completed;

  /**
   * Makes a load.
   *
   * @param model the disk as it is now; kept up to date
   */
  VerifiedLoad(FrontEnd frontEnd, int queueCount, byte[] model, long seed) {
    this.frontEnd = frontEnd;
    this.queueCount = queueCount;
    this.model = model;
    this.random = new SplittableRandom(seed);
    this.depth = DEPTH_PER_QUEUE * queueCount;
    buffers = new long[depth];
    busy = new boolean[depth];
    kinds = new Kind[depth];
    sectors = new int[depth];
    counts = new int[depth];
    pieces = new long[depth][];
    for (int i = 0; i < depth; i++) {
      buffers[i] = frontEnd.memory().allocate((long) SECTORS_MAX * SECTOR_BYTES + 512);
    }
  }

  /** Runs requests until so many have completed, and none is in flight. */
  void run(int requests) {
    completed = 0;
    int submitted = 0;
    while (completed < requests) {
      for (int slot = 0; slot < depth; slot++) {
        if (!busy[slot] && submitted < requests && submit(slot)) {
          submitted++;
        }
      }
      for (int i = 0; i < queueCount; i++) {
        frontEnd.queue(i).submit();
      }
      for (int i = 0; i < queueCount; i++) {
        FrontEndQueue queue = frontEnd.queue(i);
        if (queue.inFlight() > 0 && !queue.await(AWAIT_NS)) {
          throw new AssertionError("queue " + i + ": " + queue.inFlight() + " requests are lost");
        }
        queue.poll(System.nanoTime(), handler);
      }
    }
  }

  private boolean submit(int slot) {
    Kind kind = Kind.values()[Math.min(random.nextInt(16) / 5, 3)];
    int count = kind == Kind.FLUSH ? 0 : 1 + random.nextInt(SECTORS_MAX);
    int sector = random.nextInt(model.length / SECTOR_BYTES - SECTORS_MAX);
    for (int i = 0; i < depth; i++) {
      if (busy[i] && sector < sectors[i] + counts[i] && sectors[i] < sector + count) {
        return false;
      }
    }
    FrontEndQueue queue = frontEnd.queue(slot % queueCount);
    scatter(slot, count);
    boolean isQueued =
        switch (kind) {
          case READ -> queue.read(sector, segments, slot, 0);
          case WRITE -> write(queue, slot, sector, count);
          case ZEROES -> queue.writeZeroes(sector, count, random.nextBoolean(), slot, 0);
          case FLUSH -> queue.flush(slot, 0);
        };
    busy[slot] = isQueued;
    kinds[slot] = kind;
    sectors[slot] = sector;
    counts[slot] = count;
    return isQueued;
  }

  private boolean write(FrontEndQueue queue, int slot, int sector, int count) {
    byte[] data = new byte[count * SECTOR_BYTES];
    random.nextBytes(data);
    for (int i = 0, at = 0; i < segments.count(); at += (int) segments.length(i++)) {
      Memory.put(segments.address(i), data, at, (int) segments.length(i));
    }
    boolean isQueued = queue.write(sector, segments, slot, 0);
    if (isQueued) {
      System.arraycopy(data, 0, model, sector * SECTOR_BYTES, data.length);
    }
    return isQueued;
  }

  /** Cuts a slot's buffer into segments of odd sizes with a byte between them. */
  private void scatter(int slot, int count) {
    segments.clear();
    int left = count * SECTOR_BYTES;
    long address = buffers[slot];
    for (int i = 1; i < SEGMENTS_MAX && left > 1 && random.nextInt(3) > 0; i++) {
      int part = 1 + random.nextInt(left - 1);
      segments.add(address, part);
      address += part + 1;
      left -= part;
    }
    segments.add(address, left);
    pieces[slot] = addressesAndLengths();
  }

  private long[] addressesAndLengths() {
    long[] pairs = new long[segments.count() * 2];
    for (int i = 0; i < segments.count(); i++) {
      pairs[2 * i] = segments.address(i);
      pairs[2 * i + 1] = segments.length(i);
    }
    return pairs;
  }

  private void onComplete(long tag, int status, long latencyNs) {
    int slot = (int) tag;
    int at = sectors[slot] * SECTOR_BYTES;
    int length = counts[slot] * SECTOR_BYTES;
    if (status != BlkStatus.OK) {
      throw new AssertionError(describe(slot) + ": " + BlkStatus.name(status));
    }
    if (kinds[slot] == Kind.ZEROES) {
      Arrays.fill(model, at, at + length, (byte) 0);
    }
    if (kinds[slot] == Kind.READ) {
      compare(slot, at);
    }
    busy[slot] = false;
    completed++;
  }

  private void compare(int slot, int at) {
    long[] pairs = pieces[slot];
    int done = at;
    for (int i = 0; i < pairs.length; i += 2) {
      byte[] part = new byte[(int) pairs[i + 1]];
      Memory.get(pairs[i], part, 0, part.length);
      int wrong = Arrays.mismatch(part, 0, part.length, model, done, done + part.length);
      if (wrong >= 0) {
        throw new AssertionError(describe(slot) + ": byte " + (done - at + wrong) + " differs");
      }
      done += part.length;
    }
  }

  private String describe(int slot) {
    return kinds[slot] + " of " + counts[slot] + " sectors at " + sectors[slot];
  }
}
