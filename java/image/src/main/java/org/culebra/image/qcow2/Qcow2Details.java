package org.culebra.image.qcow2;

import java.util.List;

/**
 * What a person wants to know of a qcow2 image beyond its size.
 *
 * @param version 2 or 3
 * @param clusterSize in bytes
 * @param refcountBits the width of a refcount
 * @param lazyRefcounts whether refcounts may be written late
 * @param dirty whether refcounts may be wrong
 * @param corrupt whether the image must not be written to
 * @param backingFile the name that is stored, or null
 * @param backingFormat the name of its format that is stored, or null
 * @param snapshots the internal snapshots
 */
public record Qcow2Details(
    int version,
    long clusterSize,
    int refcountBits,
    boolean lazyRefcounts,
    boolean dirty,
    boolean corrupt,
    String backingFile,
    String backingFormat,
    List<SnapshotDetails> snapshots) {
  /**
   * An internal snapshot.
   *
   * @param id its unique id
   * @param name its name
   * @param vmStateBytes the size of the VM's state
   * @param seconds when it was taken, since the epoch
   * @param nanoseconds the rest of that
   * @param vmClockNs how long the guest had run
   * @param icount the instruction count, -1 for none
   */
  public record SnapshotDetails(
      String id,
      String name,
      long vmStateBytes,
      long seconds,
      long nanoseconds,
      long vmClockNs,
      long icount) {}

  static Qcow2Details of(Qcow2Header header, List<Snapshot> snapshots) {
    return new Qcow2Details(
        header.version,
        1L << header.clusterBits,
        1 << header.refcountOrder,
        header.hasLazyRefcounts(),
        header.isDirty(),
        header.isCorrupt(),
        header.backingFile,
        header.extensions.backingFormat,
        snapshots.stream().map(Qcow2Details::details).toList());
  }

  private static SnapshotDetails details(Snapshot s) {
    return new SnapshotDetails(
        s.id(),
        s.name(),
        s.vmStateBytes(),
        s.seconds(),
        s.nanoseconds(),
        s.vmClockNs(),
        s.icount());
  }
}
