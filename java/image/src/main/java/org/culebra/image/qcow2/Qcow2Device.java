package org.culebra.image.qcow2;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.Extent;
import org.culebra.block.Limits;
import org.culebra.block.SyncIo;
import org.culebra.image.AddressMap;
import org.culebra.image.CheckReport;
import org.culebra.image.ImageException;
import org.culebra.image.ImageHead;
import org.culebra.image.ImageOptions;
import org.culebra.image.owner.Owner;
import org.culebra.image.owner.Task;

/**
 * The disk in a qcow2 image, over any device as its file.
 *
 * <p>Inactive, it has read the header. Active, it has the backing chain open and pages of its
 * tables in a bounded cache. See the package for how it works.
 */
public final class Qcow2Device implements BlockDevice {
  private static final int HEAD_BYTES = 4096;

  private final BlockDevice file;
  private final ImageOptions options;
  private Qcow2Header header;
  private BlockDevice backing;
  private Qcow2Core core;
  private Owner owner;
  private Preallocation preallocation;

  /**
   * Reads the header.
   *
   * @param file closed with this device
   * @throws IOException with one line, when the header breaks a rule
   */
  public Qcow2Device(BlockDevice file, ImageOptions options) throws IOException {
    this.file = file;
    this.options = options;
    header = readHeader();
  }

  private Qcow2Header readHeader() throws IOException {
    byte[] head = ImageHead.read(file, HEAD_BYTES);
    try {
      int clusterSize = 1 << Qcow2Header.clusterBits(head);
      byte[] cluster =
          clusterSize <= head.length
              ? java.util.Arrays.copyOf(head, clusterSize)
              : ImageHead.read(file, clusterSize);
      return Qcow2Header.parse(cluster, file.capacityBytes());
    } catch (ImageException e) {
      throw new ImageException(file.name() + ": qcow2: " + e.getMessage());
    }
  }

  Qcow2Header header() {
    return header;
  }

  BlockDevice file() {
    return file;
  }

  /** Returns the name of the backing file as the image has it, or null. */
  public String backingFile() {
    return header.backingFile;
  }

  /** Returns the name of the backing file's format as the image has it, or null. */
  public String backingFormat() {
    return header.extensions.backingFormat;
  }

  @Override
  public String name() {
    return "qcow2:" + file.name();
  }

  @Override
  public long capacityBytes() {
    return Geometry.capacityBytes(header);
  }

  @Override
  public Capabilities capabilities() {
    boolean readOnly = isReadOnly();
    boolean unmap = !readOnly && (header.version >= 3 || header.backingFile == null);
    return new Capabilities(
        readOnly, false, unmap, !readOnly, unmap, Capabilities.QUEUES_UNLIMITED);
  }

  private boolean isReadOnly() {
    return options.readOnly() || file.capabilities().readOnly();
  }

  @Override
  public Limits limits() {
    Limits below = file.limits();
    int alignment = below.alignmentBytes();
    int memoryAlignment = below.memoryAlignmentBytes();
    if (backing != null) {
      alignment = Math.max(alignment, backing.limits().alignmentBytes());
      memoryAlignment = Math.max(memoryAlignment, backing.limits().memoryAlignmentBytes());
    }
    int clusterSize = 1 << header.clusterBits;
    return new Limits(
        alignment, memoryAlignment, below.physicalBlockBytes(), clusterSize, clusterSize);
  }

  @Override
  public void activate() throws IOException {
    if (isActive()) {
      return;
    }
    try {
      file.activate();
      header = readHeader();
      boolean readOnly = isReadOnly();
      checkWritable(readOnly);
      if (!readOnly && header.isDirty()) {
        RefcountRepair.run(header, file, options.errors());
        header = readHeader();
      }
      if (header.backingFile != null) {
        backing = options.backing().open(header.backingFile, header.extensions.backingFormat);
        backing.activate();
      }
      int unit = Math.max(512, file.limits().alignmentBytes());
      byte[] head = ImageHead.read(file, unit);
      core = new Qcow2Core(header, head, file, backing, options.withReadOnly(readOnly));
      preallocation = new Preallocation(header, file);
      owner = new Owner(core);
      owner.start();
    } catch (IOException e) {
      giveUp();
      throw e;
    }
  }

  private void checkWritable(boolean readOnly) throws IOException {
    String prefix = file.name() + ": qcow2: ";
    int alignment = file.limits().alignmentBytes();
    if (alignment > 1 << header.clusterBits) {
      throw new ImageException(
          prefix
              + "cluster size "
              + (1 << header.clusterBits)
              + ": below the "
              + alignment
              + "-byte alignment of the file");
    }
    if (!readOnly && header.isCorrupt()) {
      throw new ImageException(
          prefix
              + "corrupt bit is set: can only be opened read-only; repair it with: qemu-img check"
              + " -r all");
    }
  }

  private void giveUp() {
    core = null;
    owner = null;
    try {
      closeBacking();
      file.deactivate();
    } catch (IOException e) {
      // The first error is the one that is told.
      options.errors().report(e.getMessage());
    }
  }

  private void closeBacking() throws IOException {
    BlockDevice closing = backing;
    backing = null;
    if (closing != null) {
      closing.close();
    }
  }

  @Override
  public void deactivate() throws IOException {
    if (!isActive()) {
      return;
    }
    IOException failure = null;
    try {
      writeAll();
    } catch (IOException e) {
      failure = e;
    }
    settle();
    core.closeChildren();
    owner.stop();
    core.close();
    core = null;
    owner = null;
    try {
      closeBacking();
    } finally {
      file.deactivate();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Writes until nothing is dirty: refcounts that go down are made durable by a second flush. */
  private void writeAll() throws IOException {
    final int roundsMax = 8;
    for (int i = 0; i < roundsMax && core.hasUnwritten(); i++) {
      try (SyncIo io = new SyncIo(this)) {
        io.flush();
      }
      settle();
    }
  }

  /** Waits until nothing is under way below. */
  private void settle() {
    while (core.isBusy()) {
      owner.enter();
      owner.cycle();
      owner.leave();
      if (core.isBusy()) {
        LockSupport.parkNanos(20_000);
      }
    }
  }

  @Override
  public boolean isActive() {
    return core != null;
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    if (!isActive()) {
      throw new IOException(name() + ": not active: only an active device has queues");
    }
    return owner.open(depth);
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) throws IOException {
    int mapped = new Translation(offsetBytes, out).await();
    if (mapped < 0) {
      throw new ImageException(
          name() + ": offset " + offsetBytes + ": its place can't be read, see the faults");
    }
    if (out.kind() == Extent.Kind.UNALLOCATED && offsetBytes < core.backingBytes()) {
      long length = Math.min(out.lengthBytes(), core.backingBytes() - offsetBytes);
      backing.extentAt(offsetBytes, out);
      boolean hole = out.isHole();
      int depth = out.depth() + 1;
      out.set(
              out.kind(),
              offsetBytes,
              Math.min(length, out.lengthBytes()),
              out.physicalOffsetBytes())
          .depth(depth)
          .hole(hole);
    } else if (out.kind() == Extent.Kind.DATA) {
      preallocation.tellHoles(out);
    }
  }

  /**
   * Reads what there is to know of the image; blocks.
   *
   * @throws IOException when its snapshot table can't be read; the image is inactive
   */
  public Qcow2Details details() throws IOException {
    assert !isActive() : "details are of what is durable";
    file.activate();
    try {
      header = readHeader();
      try (TableReader reader = new TableReader(file)) {
        return Qcow2Details.of(header, Snapshot.readAll(header, reader));
      }
    } finally {
      file.deactivate();
    }
  }

  /**
   * Compares stored refcounts with what is referenced; blocks.
   *
   * @param lines takes a line for each fault
   * @throws IOException when the file can't be read at all; the image is inactive
   */
  public CheckReport check(Consumer<String> lines) throws IOException {
    assert !isActive() : "a check reads what is durable";
    file.activate();
    try {
      header = readHeader();
      try (Qcow2Checker checker = new Qcow2Checker(header, file, lines)) {
        return checker.check();
      }
    } finally {
      file.deactivate();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      deactivate();
    } finally {
      file.close();
    }
  }

  /** A look-up by the control thread, which works as the owner while it waits. */
  private final class Translation extends Task {
    private final long offsetBytes;
    private final Extent out;
    private int mapped;
    private boolean done;

    Translation(long offsetBytes, Extent out) {
      this.offsetBytes = offsetBytes;
      this.out = out;
    }

    int await() throws IOException {
      owner.ensureChildren();
      owner.enter();
      run(0);
      while (!done) {
        owner.cycle();
        if (!done) {
          owner.leave();
          LockSupport.parkNanos(10_000);
          owner.enter();
        }
      }
      owner.leave();
      return mapped;
    }

    @Override
    protected void run(int wakeResult) {
      long left = capacityBytes() - offsetBytes;
      mapped = wakeResult != 0 ? wakeResult : core.lookup.translate(offsetBytes, left, out);
      done = mapped != AddressMap.MISS;
      if (!done) {
        core.lookup.load(offsetBytes, this);
      }
    }
  }
}
