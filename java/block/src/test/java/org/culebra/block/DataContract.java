package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 1 of the contract: reads give what was written, from and to any memory. */
abstract class DataContract extends ContractSupport {
  @Test
  void shouldReadZeroesFromFreshDevice() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    Patterns.assertZero(queue.read(0, 65536), "fresh device");
    int last = (int) (device.capacityBytes() - 65536);
    Patterns.assertZero(queue.read(last, 65536), "fresh device's end");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 128, 1000, 2048})
  void shouldReadWhatWasWrittenInUnits(int units) throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    int length = Math.min(units * unit, 2 << 20);
    byte[] written = bytes(length);
    queue.write(3L * unit, written);
    Patterns.assertSame(written, queue.read(3L * unit, length), "read");
    Patterns.assertZero(queue.read(0, 3 * unit), "before it");
    Patterns.assertZero(queue.read(3L * unit + length, unit), "behind it");
  }

  @Test
  void shouldReadWhatWasWrittenAtAnyByte() throws Exception {
    needsData();
    BlockDevice device = device();
    assumeTrue(device.limits().alignmentBytes() == 1, "has an alignment");
    QueueDriver queue = queue(device, 1);
    byte[] around = bytes(8192);
    queue.write(0, around);
    byte[] written = bytes(1021);
    queue.write(3571, written);
    System.arraycopy(written, 0, around, 3571, written.length);
    Patterns.assertSame(around, queue.read(0, 8192), "whole");
    Patterns.assertSame(written, queue.read(3571, 1021), "part");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 511, 513})
  void shouldUseMemoryAtAnyAddress(int misalignment) throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int length = 300 * 1024;
    length -= length % unit(device);
    byte[] written = bytes(length);
    Patterns.Native from = new Patterns.Native(length + 8192, 4096);
    from.put(misalignment, written);
    try (IoVector vector = IoVector.of(from.address() + misalignment, length)) {
      BlockRequest request = new BlockRequest().set(BlockOperation.WRITE, 0, length, 0);
      assertEquals(0, queue.execute(request.memory(vector, 0)));
      Patterns.assertSame(written, queue.read(0, length), "written from misaligned memory");

      from.put(misalignment, new byte[length]);
      request.set(BlockOperation.READ, 0, length, 0).memory(vector, 0);
      assertEquals(0, queue.execute(request));
    }
    Patterns.assertSame(written, from.get(misalignment, length), "read to misaligned memory");
    Patterns.assertZero(from.get(0, misalignment), "memory before");
    Patterns.assertZero(from.get(misalignment + length, 1024), "memory behind");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 128, 1024, 1025, 2500})
  void shouldScatterAndGatherOddSegments(int segments) throws Exception {
    needsData();
    BlockDevice device = device();
    int unit = unit(device);
    int[] lengths = new int[segments];
    int total = 0;
    for (int i = 0; i < segments - 1; i++) {
      lengths[i] = 1 + random().nextInt(700);
      total += lengths[i];
    }
    lengths[segments - 1] = unit + (unit - total % unit) % unit;
    scatterAndGather(queue(device, 1), lengths, unit);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 128, 1024, 1025, 2500})
  void shouldScatterAndGatherAlignedSegments(int segments) throws Exception {
    needsData();
    BlockDevice device = device();
    int unit = unit(device);
    int count = (int) Math.min(segments, device.capacityBytes() / unit - 1);
    int[] lengths = new int[count];
    java.util.Arrays.fill(lengths, unit);
    scatterAndGather(queue(device, 1), lengths, unit);
  }

  private void scatterAndGather(QueueDriver queue, int[] lengths, long offset) {
    // Twice the place, so that no two segments touch; a unit of 4096 keeps aligned ones aligned.
    int total = java.util.Arrays.stream(lengths).sum();
    Patterns.Native memory = new Patterns.Native(lengths.length * 8192L + total * 2L, 4096);
    byte[] written = bytes(total);
    try (IoVector vector = new IoVector(lengths.length)) {
      long at = memory.address();
      for (int length : lengths) {
        vector.add(at, length);
        at += (length + 4096L) / 4096 * 4096 + (length % 512 == 0 ? 4096 : 1);
      }
      Patterns.put(vector, 0, written);
      BlockRequest request = new BlockRequest().set(BlockOperation.WRITE, offset, total, 0);
      assertEquals(0, queue.execute(request.memory(vector, 0)));
      Patterns.assertSame(written, queue.read(offset, total), "gathered");

      vector.zero(0, total);
      request.set(BlockOperation.READ, offset, total, 0).memory(vector, 0);
      assertEquals(0, queue.execute(request));
      Patterns.assertSame(written, Patterns.get(vector, 0, total), "scattered");
    }
  }

  @Test
  void shouldUseTheVectorFromTheMemoryOffsetOn() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    Patterns.Native memory = new Patterns.Native(16L * unit, 4096);
    try (IoVector vector = new IoVector(2)) {
      vector.add(memory.address(), 5L * unit);
      vector.add(memory.address() + 6L * unit, 5L * unit);
      byte[] all = bytes(10 * unit);
      Patterns.put(vector, 0, all);
      // From the fourth unit to the seventh, over the border of the segments; then off by 3 bytes.
      for (int skip : new int[] {3 * unit, 3 * unit + 3}) {
        BlockRequest request = new BlockRequest().set(BlockOperation.WRITE, unit, 4L * unit, 0);
        assertEquals(0, queue.execute(request.memory(vector, skip)));
        byte[] part = java.util.Arrays.copyOfRange(all, skip, skip + 4 * unit);
        Patterns.assertSame(part, queue.read(unit, 4 * unit), "written from " + skip);
      }
      BlockRequest request = new BlockRequest().set(BlockOperation.READ, 0, 2L * unit, 0);
      byte[] begin = queue.read(0, 2 * unit);
      assertEquals(0, queue.execute(request.memory(vector, 4L * unit)));
      System.arraycopy(begin, 0, all, 4 * unit, 2 * unit);
      Patterns.assertSame(all, Patterns.get(vector, 0, all.length), "read into the middle");
    }
  }

  @Test
  void shouldTakeRequestsThatEndAtTheEnd() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    long offset = device.capacityBytes() - 9L * unit;
    byte[] written = bytes(9 * unit);
    queue.write(offset, written);
    Patterns.assertSame(written, queue.read(offset, 9 * unit), "end of the device");
    assertEquals(offset + 9L * unit, device.capacityBytes(), "capacity after a write at the end");
  }

  @Test
  void shouldTakeOneRequestForTheWholeDevice() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    byte[] written = bytes((int) device.capacityBytes());
    queue.write(0, written);
    Patterns.assertSame(written, queue.read(0, written.length), "whole device");
  }

  @Test
  void shouldKeepTheLaterOfTwoWritesThatFollowEachOther() throws Exception {
    needsData();
    BlockDevice device = device();
    QueueDriver queue = queue(device, 1);
    int unit = unit(device);
    byte[] first = bytes(16 * unit);
    byte[] second = bytes(2 * unit);
    queue.write(0, first);
    queue.write(5L * unit, second);
    System.arraycopy(second, 0, first, 5 * unit, second.length);
    Patterns.assertSame(first, queue.read(0, first.length), "overwritten in the middle");
  }
}
