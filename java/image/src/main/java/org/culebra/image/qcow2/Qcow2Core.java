package org.culebra.image.qcow2;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Waiter;
import org.culebra.image.ImageOptions;
import org.culebra.image.owner.ChildQueue;
import org.culebra.image.owner.OwnedRequest;
import org.culebra.image.owner.OwnerCore;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.Errno;

/** The machine of one active image: holds its parts, which know each other through it. */
final class Qcow2Core implements OwnerCore {
  /** Fewer frames could all be pinned by the allocations in flight. */
  private static final int FRAMES_MIN = 4 * Allocations.MAX;

  private static final int FRAMES_MAX = 1 << 16;
  private static final int CHILD_DEPTH_MIN = 128;
  private static final int CHILD_DEPTH_MAX = 1024;
  private static final int TASKS_PER_CYCLE_MAX = 4096;

  private final BlockDevice fileDevice;
  private final BlockDevice backingDevice;
  private final Faults faults;
  private final boolean readOnly;
  private final boolean growable;
  private final long capacityBytes;
  private final Arena arena = Arena.ofShared();
  private long fileEndBytes;
  private boolean corrupt;
  private boolean cancelled;

  final Qcow2Header header;
  final Geometry geometry;
  final MetadataRanges ranges;
  final TaskList ready = new TaskList();
  final Epochs epochs = new Epochs();
  final TableCache cache;
  final Lookup lookup;
  final RefcountMap refcounts;
  final Buffers buffers;
  final ReadPath readPath;
  final WritePath writePath;
  final ZeroPath zeroPath;
  final PendingFrees frees;
  final WriteBack writeBack;
  final HeaderWriter headerWriter;
  final ClusterAllocator allocator;
  final L2TableCreation tables;
  final Allocations allocations;
  ChildQueue file;
  ChildQueue backing;

  /**
   * Makes the machine of an image whose header was just read.
   *
   * @param head the first bytes of the file, as many as the smallest write that keeps the header
   * @param fileDevice active
   * @param backingDevice active, or null
   */
  Qcow2Core(
      Qcow2Header header,
      byte[] head,
      BlockDevice fileDevice,
      BlockDevice backingDevice,
      ImageOptions options) {
    this.header = header;
    this.fileDevice = fileDevice;
    this.backingDevice = backingDevice;
    readOnly = options.readOnly();
    growable = fileDevice.capabilities().growable();
    capacityBytes = fileDevice.capacityBytes();
    geometry = new Geometry(header, fileDevice.limits().alignmentBytes());
    fileEndBytes = geometry.clusters(capacityBytes) << geometry.clusterBits;
    faults = new Faults(fileDevice.name(), options.errors());
    ranges = new MetadataRanges(header, geometry);
    long frames = options.cacheBytes() >>> geometry.pageBits;
    int frameCount = (int) Math.max(FRAMES_MIN, Math.min(FRAMES_MAX, frames));
    cache = new TableCache(this, frameCount, pages(frameCount));
    lookup = new Lookup(this);
    refcounts = new RefcountMap(this);
    buffers = new Buffers(this, arena);
    readPath = new ReadPath(this);
    frees = new PendingFrees(this);
    writeBack = new WriteBack(this, readOnly ? 0 : pages(frameCount));
    long headAddress = arena.allocate(head.length, geometry.pageSize).address();
    org.culebra.linux.Memory.put(headAddress, head, 0, head.length);
    headerWriter = new HeaderWriter(this, headAddress, head.length);
    long endCluster =
        growable ? 1L << (56 - geometry.clusterBits) : capacityBytes >>> geometry.clusterBits;
    long unusedFrom = growable ? geometry.clusters(capacityBytes) : Long.MAX_VALUE;
    allocator = new ClusterAllocator(this, endCluster, unusedFrom);
    tables = new L2TableCreation(this);
    allocations = new Allocations(this);
    writePath = new WritePath(this);
    zeroPath = new ZeroPath(this);
  }

  private long pages(int count) {
    return arena.allocate((long) count << geometry.pageBits, 4096).address();
  }

  @Override
  public OwnedRequest newRequest() {
    return new GuestRequest(this);
  }

  @Override
  public void openChildren(Waiter waiter, int depth) throws IOException {
    if (cancelled) {
      while (isBusy()) {
        poll();
      }
      closeChildren();
    }
    if (file == null) {
      int childDepth = Math.max(CHILD_DEPTH_MIN, Math.min(CHILD_DEPTH_MAX, 2 * depth + 64));
      file = new ChildQueue(fileDevice.openQueue(childDepth), childDepth, ready);
      file.attach(waiter);
      if (backingDevice != null) {
        backing = new ChildQueue(backingDevice.openQueue(childDepth), childDepth, ready);
        backing.attach(waiter);
      }
    }
  }

  /** Closes the queues below; nothing is in flight. */
  void closeChildren() {
    if (file != null) {
      file.close();
      file = null;
    }
    if (backing != null) {
      backing.close();
      backing = null;
    }
    cancelled = false;
  }

  @Override
  public void accept(OwnedRequest request) {
    ((GuestRequest) request).begin();
  }

  @Override
  public int poll() {
    int done = file.poll();
    if (backing != null) {
      done += backing.poll();
    }
    return done + ready.runAll(TASKS_PER_CYCLE_MAX);
  }

  @Override
  public void dispatch() {
    file.dispatch();
    if (backing != null) {
      backing.dispatch();
    }
  }

  @Override
  public boolean prepareWait() {
    boolean quiet = ready.isEmpty() && file.prepareWait();
    return quiet && (backing == null || backing.prepareWait());
  }

  @Override
  public void cancelChildren() {
    if (!cancelled) {
      cancelled = true;
      file.cancel();
      if (backing != null) {
        backing.cancel();
      }
    }
  }

  /** Returns whether requests below or tasks are under way. */
  boolean isBusy() {
    return !ready.isEmpty()
        || file != null && file.inflight() > 0
        || backing != null && backing.inflight() > 0;
  }

  /** Returns whether anything is left to be written. */
  boolean hasUnwritten() {
    return writeBack.isNeeded() || !frees.isEmpty();
  }

  /** Returns 0, or the negated errno with which a request ends at once. */
  int refusal(BlockRequest request) {
    BlockOperation operation = request.operation();
    if (operation == BlockOperation.READ) {
      return 0;
    }
    if (operation == BlockOperation.FLUSH) {
      return 0;
    }
    if (readOnly) {
      return -Errno.EROFS;
    }
    if (corrupt) {
      return -Errno.EIO;
    }
    if (operation == BlockOperation.DISCARD && !canUnmap()) {
      return -Errno.EOPNOTSUPP;
    }
    if (operation == BlockOperation.WRITE_ZEROES && request.has(BlockRequest.NO_FALLBACK)) {
      long within = geometry.inCluster(request.offsetBytes());
      boolean whole =
          geometry.inCluster(request.endBytes()) == 0
              || request.endBytes() == geometry.capacityBytes;
      return within == 0 && whole && canUnmap() ? 0 : -Errno.EOPNOTSUPP;
    }
    return 0;
  }

  /** Returns whether a cluster can be made to read as zeroes by its entry. */
  boolean canUnmap() {
    return geometry.hasZeroFlag || backingDevice == null;
  }

  /** Returns how many bytes the backing file covers, 0 without one. */
  long backingBytes() {
    return backingDevice == null ? 0 : backingDevice.capacityBytes();
  }

  /** Returns whether a completed write needs a write-back to be durable. */
  boolean mustFlushForFua() {
    return writeBack.isNeeded();
  }

  /** Returns how many bytes of a range may be asked of the file: all when it is growable. */
  long clip(long offset, long length) {
    return growable ? length : Math.max(0, Math.min(length, capacityBytes - offset));
  }

  /** Returns where the last cluster ends that the file has. */
  long fileEndBytes() {
    return fileEndBytes;
  }

  /** Notes that the file has clusters up to an offset. */
  void noteEnd(long offset) {
    fileEndBytes = Math.max(fileEndBytes, offset);
  }

  /** Reports a fault; returns -EIO for the request that met it. */
  int broken(String format, Object... values) {
    faults.report(String.format(format, values));
    return -Errno.EIO;
  }

  /**
   * Reports a fault that makes further changes dangerous, sets the corrupt bit, and refuses changes
   * from here on; returns -EIO for the request that met it.
   */
  int corrupt(String format, Object... values) {
    int error = broken(format, values);
    if (!readOnly && !corrupt) {
      corrupt = true;
      if (header.version >= 3) {
        header.incompatibleFeatures |= Features.CORRUPT;
        headerWriter.write(null);
      }
    }
    return error;
  }

  /** Reports a fault, and refuses changes from here on. */
  void refuseChanges(String line) {
    faults.report(line);
    corrupt = true;
  }

  /** Gives the memory back; the queues below are closed. */
  void close() {
    assert file == null;
    cache.close();
    buffers.close();
    writeBack.close();
    headerWriter.close();
    arena.close();
  }
}
