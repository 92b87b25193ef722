package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.MemoryDevice;
import org.culebra.block.NullDevice;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.NativeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another device under running vrings of two agents. */
class PipelineSwapTest {
  private static final int CAPACITY_BYTES = 4 << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final int QUEUES = 2;

  @TempDir private Path directory;

  private static void copyAll(BlockDevice from, BlockDevice to) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.allocate(CAPACITY_BYTES, 4096);
        SyncIo source = new SyncIo(from);
        SyncIo target = new SyncIo(to)) {
      source.read(0, buffer.address(), CAPACITY_BYTES);
      target.write(0, buffer.address(), CAPACITY_BYTES);
    }
  }

  private BlockDevice file(String name) throws IOException {
    Path path = directory.resolve(name);
    Files.write(path, new byte[CAPACITY_BYTES]);
    FileDevice device = FileDevice.open(path, FileOptions.DEFAULT);
    device.activate();
    return device;
  }

  private static BlockDevice memory() throws IOException {
    MemoryDevice device = new MemoryDevice(CAPACITY_BYTES);
    device.activate();
    return device;
  }

  @Test
  void shouldSwapNullMemoryAndFileUnderVerifiedLoadOfTwoAgents() throws Exception {
    try (ServedDisks disks =
            new ServedDisks()
                .disk(ServedDisks.DISK, new NullDevice(CAPACITY_BYTES))
                .agents(2)
                .start();
        FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(QUEUES))) {
      Guest[] guests = {new Guest(frontEnd, 0), new Guest(frontEnd, 1)};
      guests[0].write(0, new byte[BLOCK_BYTES]);
      // What a null device was given is gone: the load begins on the memory that takes its place.
      disks.backend().swap(ServedDisks.DISK, memory(), (from, to) -> {});
      AtomicBoolean ended = new AtomicBoolean();
      try (ExecutorService pool = Executors.newFixedThreadPool(QUEUES)) {
        List<Future<Integer>> loads = new ArrayList<>();
        for (int queue = 0; queue < QUEUES; queue++) {
          loads.add(pool.submit(load(guests[queue], queue, ended)));
        }
        for (int round = 0; round < 6; round++) {
          BlockDevice next = round % 2 == 0 ? file("f" + round) : memory();
          disks.backend().swap(ServedDisks.DISK, next, PipelineSwapTest::copyAll);
        }
        ended.set(true);
        for (Future<Integer> load : loads) {
          assertEquals(true, load.get() > 0, "the load never came to a round");
        }
      }
    }
  }

  /** Writes and reads back blocks of its own, each with a generation of its own. */
  private static Callable<Integer> load(Guest guest, int queue, AtomicBoolean ended) {
    return () -> {
      int blocks = CAPACITY_BYTES / BLOCK_BYTES / QUEUES;
      byte[][] expected = new byte[blocks][];
      int rounds = 0;
      while (!ended.get() || rounds < blocks) {
        int block = rounds * 7 % blocks;
        long sector = (long) (block * QUEUES + queue) * (BLOCK_BYTES / 512);
        byte[] old = expected[block];
        assertArrayEquals(
            old == null ? new byte[BLOCK_BYTES] : old, guest.read(sector, BLOCK_BYTES));
        expected[block] = Guest.pattern((long) rounds << 8 | queue, BLOCK_BYTES);
        guest.write(sector, expected[block]);
        rounds++;
      }
      return rounds;
    };
  }

  @Test
  void shouldGoOnWithTheOldDeviceWhenTheTransferFails() throws Exception {
    SimulatedBlockDevice next = new SimulatedBlockDevice(CAPACITY_BYTES, 1);
    next.activate();
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      Guest guest = new Guest(frontEnd, 0);
      guest.write(0, Guest.pattern(1, BLOCK_BYTES));
      SwapTransfer failing =
          (from, to) -> {
            throw new IOException("the target is full");
          };
      IOException failure =
          assertThrows(
              IOException.class, () -> disks.backend().swap(ServedDisks.DISK, next, failing));
      assertEquals("the target is full", failure.getMessage());
      assertArrayEquals(Guest.pattern(1, BLOCK_BYTES), guest.read(0, BLOCK_BYTES));
    }
    next.close();
  }

  @Test
  void shouldNameADiskThatIsNotThere() throws Exception {
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(CAPACITY_BYTES));
        BlockDevice next = memory()) {
      IOException failure =
          assertThrows(IOException.class, () -> disks.backend().swap("d7", next, (from, to) -> {}));
      assertEquals("disk d7: no such disk", failure.getMessage());
    }
  }
}
