package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndQueue;
import org.culebra.linux.Memory;
import org.culebra.virtio.blk.BlkStatus;

/** One queue of a front-end, used a request at a time. */
final class Guest {
  static final long TIMEOUT_NS = 10_000_000_000L;
  private static final int SECTOR_BYTES = 512;

  private final FrontEndQueue queue;
  private final long buffer;
  private final int bufferBytes;
  private int status;

  Guest(FrontEnd frontEnd, int queue) {
    this(frontEnd, queue, 64 << 10);
  }

  Guest(FrontEnd frontEnd, int queue, int bufferBytes) {
    this.queue = frontEnd.queue(queue);
    this.bufferBytes = bufferBytes;
    this.buffer = frontEnd.memory().allocate(bufferBytes);
  }

  FrontEndQueue queue() {
    return queue;
  }

  /** Returns bytes that a seed decides. */
  static byte[] pattern(long seed, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  void write(long sector, byte[] bytes) {
    assertEquals(BlkStatus.OK, tryWrite(sector, bytes));
  }

  int tryWrite(long sector, byte[] bytes) {
    Memory.put(buffer, bytes, 0, bytes.length);
    assertTrue(queue.write(sector, buffer, bytes.length, 0, 0));
    return complete();
  }

  byte[] read(long sector, int lengthBytes) {
    assertEquals(BlkStatus.OK, tryRead(sector, lengthBytes));
    byte[] bytes = new byte[lengthBytes];
    Memory.get(buffer, bytes, 0, lengthBytes);
    return bytes;
  }

  int tryRead(long sector, int lengthBytes) {
    Memory.fill(buffer, bufferBytes, (byte) 0xee);
    assertTrue(queue.read(sector, buffer, lengthBytes, 0, 0));
    return complete();
  }

  int flush() {
    assertTrue(queue.flush(0, 0));
    return complete();
  }

  int discard(long sector, int sectors) {
    assertTrue(queue.discard(sector, sectors, 0, 0));
    return complete();
  }

  int writeZeroes(long sector, int sectors, boolean unmap) {
    assertTrue(queue.writeZeroes(sector, sectors, unmap, 0, 0));
    return complete();
  }

  byte[] id(int lengthBytes) {
    Memory.fill(buffer, lengthBytes, (byte) 0xee);
    assertTrue(queue.getId(buffer, lengthBytes, 0, 0));
    assertEquals(BlkStatus.OK, complete());
    byte[] bytes = new byte[lengthBytes];
    Memory.get(buffer, bytes, 0, lengthBytes);
    return bytes;
  }

  private int complete() {
    queue.submit();
    assertTrue(await(), "no completion in " + TIMEOUT_NS + " ns");
    return status;
  }

  /** Waits for one completion. */
  boolean await() {
    return queue.await(TIMEOUT_NS) && takeOne();
  }

  private boolean takeOne() {
    assertEquals(1, queue.poll(0, (tag, completedStatus, latencyNs) -> status = completedStatus));
    return true;
  }

  static int sectors(byte[] bytes) {
    return bytes.length / SECTOR_BYTES;
  }
}
