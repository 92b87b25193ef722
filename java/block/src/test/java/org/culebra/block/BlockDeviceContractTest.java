package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;

/**
 * What every {@link BlockDevice} does, as tests: a subclass says how to make the device, and what
 * it can't be.
 *
 * <pre>{@code
 * class MemoryDeviceTest extends BlockDeviceContractTest {
 *   @Override
 *   protected BlockDevice create(DeviceParameters parameters) {
 *     return new MemoryDevice(parameters.capacityBytes(), Limits.BYTES, parameters.readOnly());
 *   }
 * }
 * }</pre>
 *
 * <p>The chapters are the superclasses. This last one is the model: random operations, many in
 * flight, against an array. {@code -Dseed=} replays.
 */
public abstract class BlockDeviceContractTest extends LifecycleContract {
  private static final int DEPTH = 16;
  private static final int ROUNDS = 120;

  /** Makes a test of the subclass's device. */
  protected BlockDeviceContractTest() {}

  @Test
  void shouldBehaveLikeAnArrayOfBytes() throws Exception {
    needsData();
    BlockDevice device = device();
    int queues = Math.min(2, device.capabilities().queuesMax());
    Model model = new Model(device, random());
    List<QueueDriver> drivers = new ArrayList<>();
    for (int i = 0; i < queues; i++) {
      drivers.add(queue(device, DEPTH));
    }
    for (int round = 0; round < ROUNDS; round++) {
      List<Model.Operation> operations = model.next(1 + random().nextInt(DEPTH));
      for (Model.Operation operation : operations) {
        drivers.get(random().nextInt(queues)).submit(operation.request());
      }
      for (QueueDriver driver : drivers) {
        driver.drain();
      }
      for (Model.Operation operation : operations) {
        model.check(operation, round);
      }
    }
    byte[] whole = drivers.getFirst().read(0, model.bytes.length);
    model.adoptUnknown(whole);
    Patterns.assertSame(model.bytes, whole, "whole device");
  }

  /** What a device should hold, and operations on it that don't overlap each other. */
  private static final class Model {
    record Operation(BlockRequest request, IoVector vector) {}

    private final BlockDevice device;
    private final SplittableRandom random;
    private final int unit;
    private final byte[] bytes;
    private final boolean[] unknown;
    private long tag;

    Model(BlockDevice device, SplittableRandom random) {
      this.device = device;
      this.random = random;
      unit = unit(device);
      bytes = new byte[(int) device.capacityBytes()];
      unknown = new boolean[bytes.length];
    }

    List<Operation> next(int count) {
      List<Operation> operations = new ArrayList<>();
      int stripe = bytes.length / count / unit * unit;
      for (int i = 0; i < count; i++) {
        int length =
            Math.min(stripe, (1 + random.nextInt(random.nextInt(8) == 0 ? 300 : 12)) * unit);
        int offset = i * stripe + random.nextInt((stripe - length) / unit + 1) * unit;
        operations.add(operation(offset, length));
      }
      return operations;
    }

    private Operation operation(int offset, int length) {
      BlockRequest request = new BlockRequest().tag(++tag);
      int choice = random.nextInt(10);
      if (choice == 0 && device.capabilities().discard()) {
        Arrays.fill(unknown, offset, offset + length, true);
        request.set(BlockOperation.DISCARD, offset, length, 0);
        return new Operation(request, null);
      }
      if (choice == 1 && device.capabilities().writeZeroes()) {
        Arrays.fill(unknown, offset, offset + length, false);
        Arrays.fill(bytes, offset, offset + length, (byte) 0);
        int flags = random.nextInt(4) & (BlockRequest.FUA | BlockRequest.UNMAP);
        request.set(BlockOperation.WRITE_ZEROES, offset, length, flags);
        return new Operation(request, null);
      }
      if (choice == 2) {
        return new Operation(request.set(BlockOperation.FLUSH, 0, 0, 0), null);
      }
      IoVector vector = scattered(length);
      if (choice < 7) {
        byte[] written = Patterns.bytes(random, length);
        Patterns.put(vector, 0, written);
        System.arraycopy(written, 0, bytes, offset, length);
        Arrays.fill(unknown, offset, offset + length, false);
        request.set(BlockOperation.WRITE, offset, length, choice == 3 ? BlockRequest.FUA : 0);
      } else {
        request.set(BlockOperation.READ, offset, length, 0);
      }
      return new Operation(request.memory(vector, 0), vector);
    }

    private IoVector scattered(int length) {
      // Held by the operation's request only: the arena of the memory is the vector's own.
      IoVector vector = new IoVector(64);
      int segments = 1 + random.nextInt(5);
      int left = length;
      for (int i = 1; left > 0; i++) {
        int part = i >= segments ? left : 1 + random.nextInt(left);
        vector.add(org.culebra.linux.Memory.allocate(part + 16, 512) + random.nextInt(16), part);
        left -= part;
      }
      return vector;
    }

    void check(Operation operation, int round) {
      BlockRequest request = operation.request();
      if (request.operation() == BlockOperation.READ) {
        int offset = (int) request.offsetBytes();
        int length = (int) request.lengthBytes();
        byte[] read = Patterns.get(operation.vector(), 0, length);
        byte[] expected = Arrays.copyOfRange(bytes, offset, offset + length);
        for (int i = 0; i < length; i++) {
          expected[i] = unknown[offset + i] ? read[i] : expected[i];
        }
        Patterns.assertSame(expected, read, "round " + round + ": " + request);
      }
      assertEquals(true, operation.request().tag() > 0);
    }

    void adoptUnknown(byte[] whole) {
      for (int i = 0; i < whole.length; i++) {
        bytes[i] = unknown[i] ? whole[i] : bytes[i];
      }
    }
  }
}
