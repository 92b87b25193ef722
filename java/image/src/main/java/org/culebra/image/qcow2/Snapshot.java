package org.culebra.image.qcow2;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.culebra.image.ImageException;

/**
 * An entry of the snapshot table (qcow2: Snapshots).
 *
 * @param l1TableOffset where its L1 table begins
 * @param l1Size the table's entries
 * @param id its unique id
 * @param name its name
 * @param seconds when it was taken, since the epoch
 * @param nanoseconds the rest of that
 * @param vmClockNs how long the guest had run
 * @param vmStateBytes the size of the VM state, 0 for none
 * @param icount the instruction count, -1 for none
 * @param endOffset where the entry ends in the file
 */
record Snapshot(
    long l1TableOffset,
    long l1Size,
    String id,
    String name,
    long seconds,
    long nanoseconds,
    long vmClockNs,
    long vmStateBytes,
    long icount,
    long endOffset) {
  private static final int ENTRY_BYTES = 40;
  private static final int EXTRA_BYTES_MAX = 1024;

  /** QEMU's limit of a snapshot table: 16 MiB and what 65536 snapshots have at least. */
  private static final long TABLE_BYTES_MAX = (16 << 20) + 65536L * 48;

  /** Reads the whole table. */
  static List<Snapshot> readAll(Qcow2Header header, TableReader reader) throws IOException {
    List<Snapshot> all = new ArrayList<>();
    long offset = header.snapshotsOffset;
    for (long i = 0; i < header.snapshotCount; i++) {
      Snapshot snapshot = read(i, offset, reader);
      all.add(snapshot);
      offset = snapshot.endOffset;
      if (offset - header.snapshotsOffset > TABLE_BYTES_MAX) {
        throw new ImageException("snapshot table: longer than " + TABLE_BYTES_MAX + " bytes");
      }
    }
    return all;
  }

  private static Snapshot read(long index, long offset, TableReader reader) throws IOException {
    byte[] entry = reader.bytes(offset, ENTRY_BYTES);
    int idBytes = BigEndian.getShort(entry, 12);
    int nameBytes = BigEndian.getShort(entry, 14);
    long extraBytes = BigEndian.getInt(entry, 36);
    if (extraBytes > EXTRA_BYTES_MAX) {
      throw new ImageException(
          "snapshot "
              + index
              + ": "
              + extraBytes
              + " bytes of extra data: at most "
              + EXTRA_BYTES_MAX);
    }
    int extra = (int) extraBytes;
    byte[] rest = reader.bytes(offset + ENTRY_BYTES, extra + idBytes + nameBytes);
    long stateBytes = extra >= 8 ? BigEndian.getLong(rest, 0) : BigEndian.getInt(entry, 32);
    long icount = extra >= 24 ? BigEndian.getLong(rest, 16) : -1;
    int length = ENTRY_BYTES + extra + idBytes + nameBytes;
    return new Snapshot(
        BigEndian.getLong(entry, 0),
        BigEndian.getInt(entry, 8),
        new String(rest, extra, idBytes, StandardCharsets.UTF_8),
        new String(rest, extra + idBytes, nameBytes, StandardCharsets.UTF_8),
        BigEndian.getInt(entry, 16),
        BigEndian.getInt(entry, 20),
        BigEndian.getLong(entry, 24),
        stateBytes,
        icount,
        offset + ((length + 7) & ~7));
  }
}
