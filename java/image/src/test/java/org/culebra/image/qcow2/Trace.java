package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.linux.IoVector;

/** Random requests against a device and an array of bytes, several in flight that don't overlap. */
final class Trace {
  static final int DEPTH = 8;
  private static final int UNIT = 512;

  private final SplittableRandom random;
  private final int lengthMax;
  private final List<Patterns.Native> memories = new ArrayList<>();
  private final List<IoVector> vectors = new ArrayList<>();
  final byte[] model;
  private long tag;

  /**
   * Makes one.
   *
   * @param model what the device holds
   * @param lengthMax the longest write
   */
  Trace(SplittableRandom random, byte[] model, int lengthMax) {
    this.random = random;
    this.model = model;
    this.lengthMax = lengthMax;
    for (int i = 0; i < DEPTH; i++) {
      memories.add(new Patterns.Native(lengthMax, 4096));
      vectors.add(IoVector.of(memories.get(i).address(), lengthMax));
    }
  }

  private record Range(int offset, int length) {
    boolean meets(Range other) {
      return offset < other.offset + other.length && other.offset < offset + length;
    }
  }

  private Range range(List<Range> taken) {
    while (true) {
      int units = model.length / UNIT;
      int length = (1 + random.nextInt(lengthMax / UNIT)) * UNIT;
      int offset = random.nextInt(units) * UNIT;
      Range range = new Range(offset, Math.min(length, model.length - offset));
      if (taken.stream().noneMatch(range::meets)) {
        return range;
      }
    }
  }

  /** Does rounds of requests in flight together; each must succeed. */
  void run(QueueDriver queue, int rounds) {
    for (int round = 0; round < rounds; round++) {
      List<Range> taken = new ArrayList<>();
      int count = 1 + random.nextInt(DEPTH);
      BlockRequest[] requests = new BlockRequest[count];
      for (int i = 0; i < count; i++) {
        Range range = range(taken);
        taken.add(range);
        requests[i] = request(i, range);
      }
      queue.submit(requests);
      queue.drain();
      for (BlockRequest request : requests) {
        assertEquals(0, queue.result(request.tag()), request.toString());
        check(request);
      }
    }
  }

  private BlockRequest request(int slot, Range range) {
    BlockRequest request = new BlockRequest().tag(++tag);
    int kind = random.nextInt(20);
    int end = range.offset + range.length;
    if (kind < 11) {
      byte[] bytes = Patterns.bytes(random, range.length);
      memories.get(slot).put(0, bytes);
      System.arraycopy(bytes, 0, model, range.offset, range.length);
      int flags = kind == 0 ? BlockRequest.FUA : 0;
      return request
          .set(BlockOperation.WRITE, range.offset, range.length, flags)
          .memory(vectors.get(slot), 0);
    }
    if (kind < 14) {
      Arrays.fill(model, range.offset, end, (byte) 0);
      int flags = kind == 11 ? BlockRequest.UNMAP : 0;
      return request.set(BlockOperation.WRITE_ZEROES, range.offset, range.length, flags);
    }
    if (kind < 15) {
      return request.set(BlockOperation.FLUSH, 0, 0, 0);
    }
    return request
        .set(BlockOperation.READ, range.offset, range.length, 0)
        .memory(vectors.get(slot), 0);
  }

  private void check(BlockRequest request) {
    if (request.operation() == BlockOperation.READ) {
      int offset = (int) request.offsetBytes();
      int length = (int) request.lengthBytes();
      int slot = vectors.indexOf(request.memory());
      byte[] expected = Arrays.copyOfRange(model, offset, offset + length);
      Patterns.assertSame(expected, memories.get(slot).get(0, length), request.toString());
    }
  }

  /** Discards whole clusters; they must then read as zeroes. */
  void discard(QueueDriver queue, int clusterSize) {
    int clusters = model.length / clusterSize;
    int first = random.nextInt(clusters);
    int count = 1 + random.nextInt(Math.min(4, clusters - first));
    int offset = first * clusterSize;
    int length = count * clusterSize;
    assertEquals(0, queue.execute(BlockOperation.DISCARD, offset, length, 0));
    Arrays.fill(model, offset, offset + length, (byte) 0);
  }

  /** Reads the whole device in random pieces and compares. */
  void checkAll(QueueDriver queue) {
    int offset = 0;
    while (offset < model.length) {
      int length = Math.min(UNIT * (1 + random.nextInt(256)), model.length - offset);
      byte[] expected = Arrays.copyOfRange(model, offset, offset + length);
      Patterns.assertSame(expected, queue.read(offset, length), "read at " + offset);
      offset += length;
    }
  }

  /** Opens a queue of a device for a trace. */
  static QueueDriver queue(BlockDevice device) throws IOException {
    return new QueueDriver(device, DEPTH);
  }
}
