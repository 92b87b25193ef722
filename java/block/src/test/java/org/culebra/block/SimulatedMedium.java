package org.culebra.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;

/**
 * What a {@link SimulatedBlockDevice} stores: per sector what is durable, and every later version
 * that a power cut may or may not leave. Guarded by the device.
 */
final class SimulatedMedium {
  /** A change of one request; it counts as complete once its completion was polled. */
  static final class Change {
    private long completedAt = Long.MAX_VALUE;
  }

  private record Version(byte[] bytes, Change change) {}

  private static final class Sector {
    byte[] durable;
    final List<Version> versions = new ArrayList<>();

    byte[] current() {
      return versions.isEmpty() ? durable : versions.getLast().bytes;
    }
  }

  private final int sectorBytes;
  private final TreeMap<Long, Sector> sectors = new TreeMap<>();
  private final MemorySegment scratch;
  private long sizeBytes;
  private long durableSizeBytes;
  private long completions;

  SimulatedMedium(int sectorBytes, long sizeBytes) {
    this.sectorBytes = sectorBytes;
    this.sizeBytes = sizeBytes;
    durableSizeBytes = sizeBytes;
    scratch = Arena.ofAuto().allocate(sectorBytes);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  void resize(long newSizeBytes) {
    sectors.tailMap((newSizeBytes + sectorBytes - 1) / sectorBytes, true).clear();
    Sector last = sectors.get(newSizeBytes / sectorBytes);
    int keep = (int) (newSizeBytes % sectorBytes);
    if (last != null && last.current() != null) {
      last.durable = Arrays.copyOf(Arrays.copyOf(last.current(), keep), sectorBytes);
      last.versions.clear();
    }
    sizeBytes = newSizeBytes;
    durableSizeBytes = newSizeBytes;
  }

  void read(long offset, long length, IoVector memory, long memoryOffset) {
    long done = 0;
    while (done < length) {
      int within = (int) ((offset + done) % sectorBytes);
      int run = (int) Math.min(sectorBytes - within, length - done);
      Sector sector = sectors.get((offset + done) / sectorBytes);
      byte[] bytes = sector == null ? null : sector.current();
      if (bytes == null) {
        memory.zero(memoryOffset + done, run);
      } else {
        Memory.put(scratch.address(), bytes, within, run);
        memory.copyFrom(memoryOffset + done, scratch.address(), run);
      }
      done += run;
    }
  }

  byte[] read(long offset, int length) {
    MemorySegment copy = Arena.ofAuto().allocate(length);
    try (IoVector vector = IoVector.of(copy.address(), length)) {
      read(offset, length, vector, 0);
    }
    byte[] bytes = new byte[length];
    Memory.get(copy.address(), bytes, 0, length);
    return bytes;
  }

  /**
   * Changes a range.
   *
   * @param memory what to write, null for zeroes
   * @param durable whether the change is durable at once
   * @param torn decides for each sector whether it is changed, null changes all
   */
  Change change(BlockRequest request, IoVector memory, boolean durable, SplittableRandom torn) {
    Change change = new Change();
    long offset = request.offsetBytes();
    long done = 0;
    while (done < request.lengthBytes()) {
      int within = (int) ((offset + done) % sectorBytes);
      int run = (int) Math.min(sectorBytes - within, request.lengthBytes() - done);
      if (torn == null || torn.nextBoolean()) {
        long index = (offset + done) / sectorBytes;
        Sector sector = sectors.computeIfAbsent(index, key -> new Sector());
        byte[] current = sector.current();
        byte[] bytes = current == null ? new byte[sectorBytes] : current.clone();
        if (memory == null) {
          Arrays.fill(bytes, within, within + run, (byte) 0);
        } else {
          memory.copyTo(request.memoryOffsetBytes() + done, scratch.address(), run);
          Memory.get(scratch.address(), bytes, within, run);
        }
        store(sector, bytes, durable, change);
        grow(offset + done + run, durable);
      }
      done += run;
    }
    return change;
  }

  private static void store(Sector sector, byte[] bytes, boolean durable, Change change) {
    if (durable) {
      sector.durable = bytes;
      sector.versions.clear();
    } else {
      sector.versions.add(new Version(bytes, change));
    }
  }

  private void grow(long endBytes, boolean durable) {
    sizeBytes = Math.max(sizeBytes, endBytes);
    if (durable) {
      durableSizeBytes = Math.max(durableSizeBytes, endBytes);
    }
  }

  /** Notes that the completion of a change was polled, so that a later flush covers it. */
  void complete(Change change) {
    change.completedAt = ++completions;
  }

  /** Returns what a flush that is submitted now covers. */
  long completions() {
    return completions;
  }

  /** Makes durable what completed up to a point. */
  void flush(long covered) {
    for (Map.Entry<Long, Sector> entry : sectors.entrySet()) {
      Sector sector = entry.getValue();
      for (int i = sector.versions.size() - 1; i >= 0; i--) {
        Version version = sector.versions.get(i);
        if (version.change.completedAt <= covered) {
          sector.durable = version.bytes;
          sector.versions.subList(0, i + 1).clear();
          long end = (entry.getKey() + 1) * sectorBytes;
          durableSizeBytes = Math.max(durableSizeBytes, Math.min(end, sizeBytes));
          break;
        }
      }
    }
  }

  /**
   * Returns what a power cut may leave: all that is durable, and of each sector's later versions
   * one or none.
   */
  SimulatedMedium survivors(SplittableRandom random) {
    int mode = random.nextInt(4);
    boolean longer = mode == 1 || (mode > 1 && random.nextBoolean());
    SimulatedMedium left = new SimulatedMedium(sectorBytes, longer ? sizeBytes : durableSizeBytes);
    for (Map.Entry<Long, Sector> entry : sectors.entrySet()) {
      Sector sector = entry.getValue();
      // Versions 0 to n, 0 being the durable one: none later, the last, or any.
      int versions = sector.versions.size();
      int any = random.nextInt(versions + 1);
      int kept = mode == 0 ? 0 : mode == 1 ? versions : any;
      byte[] bytes = kept == 0 ? sector.durable : sector.versions.get(kept - 1).bytes;
      if (bytes != null && entry.getKey() * sectorBytes < left.sizeBytes) {
        Sector copy = new Sector();
        copy.durable = bytes.clone();
        left.sectors.put(entry.getKey(), copy);
      }
    }
    return left;
  }
}
