package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.block.SimulatedBlockDevice;
import org.culebra.image.CheckReport;
import org.culebra.image.ImageOptions;
import org.culebra.linux.IoVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Power cuts at random points: what was flushed is there, and nothing worse than leaks. */
@Timeout(120)
class Qcow2PowerCutTest {
  private static final int DEPTH = 6;
  private static final int LENGTH_MAX = 96;

  private final List<IoVector> vectors = new ArrayList<>();
  private final List<Patterns.Native> memories = new ArrayList<>();
  private long tag;

  Qcow2PowerCutTest() {
    for (int i = 0; i < DEPTH; i++) {
      memories.add(new Patterns.Native(LENGTH_MAX * VersionedDisk.SECTOR, 4096));
      vectors.add(IoVector.of(memories.get(i).address(), memories.get(i).sizeBytes()));
    }
  }

  @ParameterizedTest(name = "cluster {0}, refcount bits {1}, {2} KiB, {5} written, growable {3}")
  @CsvSource({
    "65536, 16, 2048, true, 12, 0",
    "4096, 16, 512, true, 16, 0",
    "4096, 1, 512, false, 16, 0",
    "512, 64, 1536, true, 12, 0",
    "512, 16, 256, false, 16, 0",
    "1024, 8, 512, true, 16, 0",
    // The refcount table reaches 2 MiB: it grows soon.
    "512, 64, 2560, true, 30, 1860",
  })
  void shouldKeepWhatWasFlushedAndOnlyLeak(
      int cluster, int refcountBits, int sizeKib, boolean growable, int cuts, int writtenKib)
      throws Exception {
    for (int cut = 0; cut < cuts; cut++) {
      SplittableRandom random =
          Seeds.random("power cut " + cluster + refcountBits + growable + cut);
      SimulatedBlockDevice medium = medium(random, growable);
      Qcow2CreateOptions options =
          new Qcow2CreateOptions(
              sizeKib * 1024L,
              3,
              cluster,
              refcountBits,
              false,
              Qcow2CreateOptions.Preallocation.OFF,
              null,
              null);
      medium.activate();
      Qcow2Format.create(medium, options);
      medium.deactivate();
      VersionedDisk disk = new VersionedDisk(sizeKib * 2);
      fill(medium, disk, writtenKib);
      medium.cutPowerAfter(1 + random.nextInt(writtenKib == 0 ? 600 : 250));
      runUntilCut(medium, disk, random);
      for (int outcome = 0; outcome < 3; outcome++) {
        checkAfterCut(medium, disk, random, "cut " + cut + " outcome " + outcome);
      }
      if (cut < 2) {
        checkWithQemu(medium.afterPowerCut(cut));
      }
    }
  }

  private static void checkWithQemu(SimulatedBlockDevice left) throws IOException {
    Path directory = TestImages.directory();
    try {
      Path image = directory.resolve("left.qcow2");
      Files.write(image, left.content(0, (int) left.capacityBytes()));
      Qemu.Result check = Qemu.tryRun("qemu-img", "check", image);
      // 3: leaks alone.
      assertTrue(check.status() == 0 || check.status() == 3, check.output());
    } finally {
      TestImages.remove(directory);
    }
  }

  /** A file that grows is empty at first; one of fixed size holds old bytes of someone else. */
  private static SimulatedBlockDevice medium(SplittableRandom random, boolean growable)
      throws IOException {
    int size = growable ? 0 : 3 << 20;
    SimulatedBlockDevice medium =
        new SimulatedBlockDevice(size, random.nextLong()).growable(growable);
    if (!growable) {
      medium.activate();
      try (QueueDriver queue = new QueueDriver(medium, 1)) {
        queue.write(0, Patterns.bytes(random, size));
        queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      }
    }
    return medium;
  }

  private static void fill(SimulatedBlockDevice medium, VersionedDisk disk, int kib)
      throws IOException {
    try (Qcow2Device device = new Qcow2Device(medium, options())) {
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        for (int at = 0; at < 2 * kib; at += LENGTH_MAX) {
          int count = Math.min(LENGTH_MAX, 2 * kib - at);
          queue.write((long) at * VersionedDisk.SECTOR, disk.write(at, count));
          disk.onDurable(at, count);
        }
      }
    }
  }

  private static ImageOptions options() {
    return ImageOptions.DEFAULT.withCacheBytes(1).withErrors(line -> {});
  }

  private void runUntilCut(SimulatedBlockDevice medium, VersionedDisk disk, SplittableRandom random)
      throws IOException {
    Qcow2Device device = new Qcow2Device(medium, options());
    device.activate();
    try (QueueDriver queue = new QueueDriver(device, DEPTH)) {
      for (int round = 0; round < 400 && !medium.isCut(); round++) {
        round(queue, disk, random);
      }
    }
    closeAfterCut(device, medium);
  }

  private static void closeAfterCut(Qcow2Device device, SimulatedBlockDevice medium) {
    try {
      device.close();
    } catch (IOException e) {
      assertTrue(medium.isCut(), e.toString());
    }
  }

  private void round(QueueDriver queue, VersionedDisk disk, SplittableRandom random) {
    disk.beginRound();
    List<BlockRequest> requests = new ArrayList<>();
    boolean[] taken = new boolean[disk.sectors()];
    int count = 1 + random.nextInt(DEPTH);
    for (int i = 0; i < count; i++) {
      BlockRequest request = request(i, disk, random, taken);
      requests.add(request.tag(++tag));
    }
    queue.submit(requests.toArray(BlockRequest[]::new));
    queue.drain();
    for (BlockRequest request : requests) {
      boolean ok = queue.result(request.tag()) == 0;
      if (ok && request.has(BlockRequest.FUA)) {
        int sector = (int) (request.offsetBytes() / VersionedDisk.SECTOR);
        disk.onDurable(sector, (int) (request.lengthBytes() / VersionedDisk.SECTOR));
      } else if (ok && request.operation() == BlockOperation.FLUSH) {
        disk.onFlush();
      }
    }
  }

  private BlockRequest request(
      int slot, VersionedDisk disk, SplittableRandom random, boolean[] taken) {
    int length = 1 + random.nextInt(random.nextInt(4) == 0 ? LENGTH_MAX : 12);
    int sector = random.nextInt(disk.sectors() - length);
    boolean free = true;
    for (int i = sector; i < sector + length; i++) {
      free &= !taken[i];
    }
    int kind = free ? random.nextInt(12) : 11;
    if (kind == 11) {
      return new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0);
    }
    java.util.Arrays.fill(taken, sector, sector + length, true);
    long offset = (long) sector * VersionedDisk.SECTOR;
    long bytes = (long) length * VersionedDisk.SECTOR;
    int fua = random.nextInt(8) == 0 ? BlockRequest.FUA : 0;
    if (kind < 8) {
      memories.get(slot).put(0, disk.write(sector, length));
      return new BlockRequest()
          .set(BlockOperation.WRITE, offset, bytes, fua)
          .memory(vectors.get(slot), 0);
    }
    if (kind < 10) {
      disk.zero(sector, length);
      int flags = fua | (kind == 8 ? BlockRequest.UNMAP : 0);
      return new BlockRequest().set(BlockOperation.WRITE_ZEROES, offset, bytes, flags);
    }
    // What a discard leaves isn't promised: it may be rounded to nothing.
    disk.maybeZero(sector, length);
    return new BlockRequest().set(BlockOperation.DISCARD, offset, bytes, 0);
  }

  private static void checkAfterCut(
      SimulatedBlockDevice medium, VersionedDisk disk, SplittableRandom random, String what)
      throws IOException {
    SimulatedBlockDevice left = medium.afterPowerCut(random.nextLong());
    Qcow2Device device = new Qcow2Device(left, options());
    List<String> lines = new ArrayList<>();
    long fileBytes = left.capacityBytes();
    CheckReport report = device.check(lines::add);
    String found = what + ", seed " + Seeds.SEED + ": " + lines;
    assertEquals(0, report.corruptions() + report.checkErrors(), found);
    device.activate();
    int clusterBits = device.header().clusterBits;
    try (QueueDriver queue = new QueueDriver(device, DEPTH)) {
      disk.check(queue, what);
      // It goes on from there: old leaks stay, nothing worse comes.
      for (int i = 0; i < 40; i++) {
        int sector = random.nextInt(disk.sectors() - 8);
        queue.write((long) sector * VersionedDisk.SECTOR, Patterns.bytes(random, 4096));
      }
    }
    device.deactivate();
    List<String> later = new ArrayList<>();
    CheckReport after = device.check(later::add);
    assertEquals(0, after.corruptions() + after.checkErrors(), found);
    // A leak past the old end of the file shows only once the file is longer.
    later.removeAll(lines);
    later.removeIf(line -> Long.parseLong(line.split(" ")[2]) << clusterBits >= fileBytes);
    assertEquals(List.of(), later, found);
    device.close();
  }

  /** The whole of it: the refcount table grows, and the power is cut at each change in turn. */
  @Test
  void shouldSurviveACutAtEachChangeWhileTheRefcountTableGrows() throws Exception {
    SplittableRandom random = Seeds.random("growth");
    SimulatedBlockDevice filled = medium(random, true);
    filled.activate();
    Qcow2Format.create(
        filled,
        new Qcow2CreateOptions(
            2560 << 10, 3, 512, 64, false, Qcow2CreateOptions.Preallocation.OFF, null, null));
    filled.deactivate();
    VersionedDisk disk = new VersionedDisk(2 * 2560);
    fill(filled, disk, 1980);
    int changes = 0;
    Growth growth = new Growth(filled, disk, random);
    while (growth.cutAt(changes, 1)) {
      changes++;
    }
    assertTrue(growth.grew, "the refcount table has to grow for this to show anything");
    assertTrue(
        growth.headerChange > 3, growth.headerChange + " changes before the header of " + changes);
    // That is the cut that matters most: the header may be new, and what it names may be lost.
    for (int seed = 2; seed < 22; seed++) {
      growth.cutAt(growth.headerChange, seed);
    }
  }

  /** A few writes that make the refcount table grow, cut at one change. */
  private final class Growth {
    private final SimulatedBlockDevice filled;
    private final VersionedDisk disk;
    private final SplittableRandom random;
    private boolean grew;
    private int headerChange;

    Growth(SimulatedBlockDevice filled, VersionedDisk disk, SplittableRandom random) {
      this.filled = filled;
      this.disk = disk;
      this.random = random;
    }

    /** Returns whether there was such a change. */
    boolean cutAt(int change, long seed) throws IOException {
      SimulatedBlockDevice medium = filled.afterPowerCut(seed).delay(0);
      medium.cutPowerAfter(change);
      medium.record();
      Qcow2Device device = new Qcow2Device(medium, options());
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        for (int i = 0; i < 4; i++) {
          queue.write((4000L + 32 * i) * 512, disk.write(4000 + 32 * i, 32), 0);
        }
        queue.execute(BlockOperation.FLUSH, 0, 0, 0);
      }
      boolean cut = medium.isCut();
      grew |= device.header().refcountTableClusters > 1;
      boolean atHeader = medium.events().stream().anyMatch(Growth::isHeaderCut);
      headerChange = atHeader ? change : headerChange;
      closeAfterCut(device, medium);
      for (int outcome = 0; outcome < 2 && cut; outcome++) {
        checkAfterCut(medium, disk, random, "change " + change + " outcome " + outcome);
      }
      return cut;
    }

    private static boolean isHeaderCut(SimulatedBlockDevice.Event event) {
      return event.operation() == BlockOperation.WRITE
          && event.offsetBytes() == 0
          && event.result() != 0;
    }
  }
}
