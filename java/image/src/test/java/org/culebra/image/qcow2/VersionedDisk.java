package org.culebra.image.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;

/**
 * Which versions of each sector may be read after a power cut: the last that a flush made durable,
 * and all later ones.
 */
final class VersionedDisk {
  static final int SECTOR = 512;

  private final List<TreeSet<Long>> allowed = new ArrayList<>();
  private final long[] current;
  private final long[] beforeRound;
  private final boolean[] maybeZero;
  private final boolean[] maybeZeroBeforeRound;
  private long lastVersion;

  VersionedDisk(int sectors) {
    current = new long[sectors];
    beforeRound = new long[sectors];
    maybeZero = new boolean[sectors];
    maybeZeroBeforeRound = new boolean[sectors];
    for (int i = 0; i < sectors; i++) {
      allowed.add(new TreeSet<>(List.of(0L)));
    }
  }

  int sectors() {
    return current.length;
  }

  /** Begins a round of requests that are in flight together. */
  void beginRound() {
    System.arraycopy(current, 0, beforeRound, 0, current.length);
    System.arraycopy(maybeZero, 0, maybeZeroBeforeRound, 0, current.length);
  }

  /** Returns the bytes of a write that is about to be submitted: each sector names its version. */
  byte[] write(int sector, int count) {
    lastVersion++;
    byte[] bytes = new byte[count * SECTOR];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < SECTOR; j += 16) {
        BigEndian.putLong(bytes, i * SECTOR + j, lastVersion);
        BigEndian.putLong(bytes, i * SECTOR + j + 8, sector + i);
      }
      set(sector + i, lastVersion);
    }
    return bytes;
  }

  /** A write zeroes or discard is about to be submitted. */
  void zero(int sector, int count) {
    for (int i = 0; i < count; i++) {
      set(sector + i, 0);
    }
  }

  /** A discard is about to be submitted: it may leave zeroes, or what was there. */
  void maybeZero(int sector, int count) {
    for (int i = sector; i < sector + count; i++) {
      maybeZero[i] = true;
      allowed.get(i).add(0L);
    }
  }

  private void set(int sector, long version) {
    current[sector] = version;
    maybeZero[sector] = false;
    allowed.get(sector).add(version);
  }

  /** A flush of this round completed: what was written before the round is durable. */
  void onFlush() {
    for (int i = 0; i < current.length; i++) {
      TreeSet<Long> versions = allowed.get(i);
      versions.clear();
      versions.add(beforeRound[i]);
      versions.add(current[i]);
      if (maybeZero[i] || maybeZeroBeforeRound[i]) {
        versions.add(0L);
      }
    }
  }

  /** A write completed that was durable by itself. */
  void onDurable(int sector, int count) {
    for (int i = sector; i < sector + count; i++) {
      allowed.get(i).clear();
      allowed.get(i).add(current[i]);
    }
  }

  /** Reads all and fails on a version that must not be there; what is read is what is there now. */
  void check(QueueDriver queue, String what) {
    final int step = 128;
    for (int at = 0; at < current.length; at += step) {
      int count = Math.min(step, current.length - at);
      byte[] bytes = queue.read((long) at * SECTOR, count * SECTOR);
      for (int i = 0; i < count; i++) {
        check(at + i, bytes, i * SECTOR, what);
      }
    }
  }

  private void check(int sector, byte[] bytes, int at, String what) {
    long version = BigEndian.getLong(bytes, at);
    long name = BigEndian.getLong(bytes, at + 8);
    String place = what + ": sector " + sector + ", seed " + Seeds.SEED;
    for (int j = 0; j < SECTOR; j += 16) {
      boolean same =
          BigEndian.getLong(bytes, at + j) == version
              && BigEndian.getLong(bytes, at + j + 8) == name;
      assertTrue(same, place + ": torn");
    }
    assertTrue(
        version == 0 && name == 0 || name == sector, place + " holds sector " + name + "'s bytes");
    assertTrue(
        allowed.get(sector).contains(version),
        place + ": version " + version + ", allowed are " + allowed.get(sector));
  }
}
