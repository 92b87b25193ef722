package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.culebra.linux.DirectIoAlignment;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.Files;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;

/**
 * A file while its device is active: descriptor, alignments, size, and what its file system turned
 * out not to do. Shared by the device's queues; what changes is atomic.
 */
final class FileHandle {
  /** The unit of sectors, and the least alignment of direct I/O. */
  private static final int SECTOR_BYTES = 512;

  private static final int ALIGNMENT_MAX = 65536;

  /** What write zeroes falls back to: one piece of zeroes for everybody, never written to. */
  static final int ZEROES_BYTES = 1 << 16;

  static final long ZEROES_ADDRESS = Memory.allocate(ZEROES_BYTES, 4096);

  final Path path;
  final int fd;
  final boolean readOnly;
  final boolean growable;
  final boolean blockDevice;
  final boolean direct;
  private final boolean takesDirect;
  final int alignmentBytes;
  final int memoryAlignmentBytes;
  final AtomicLong sizeBytes = new AtomicLong();
  final AtomicLong copiedBytes = new AtomicLong();

  // What the file system has refused once isn't tried again.
  volatile boolean punchesHoles = true;
  volatile boolean zeroesRanges = true;
  volatile boolean allocates = true;

  private FileHandle(Path path, int fd, FileOptions options, boolean direct) throws IOException {
    this.path = path;
    this.fd = fd;
    readOnly = options.readOnly();
    blockDevice = FileKind.isBlockDevice(path);
    growable = options.growable() && !blockDevice;
    this.direct = direct;
    if (direct) {
      DirectIoAlignment alignment = Files.directIoAlignment(fd);
      takesDirect = alignment.isSupported();
      alignmentBytes = Math.max(SECTOR_BYTES, alignment.offsetBytes());
      memoryAlignmentBytes = Math.max(1, alignment.memoryBytes());
    } else {
      takesDirect = false;
      alignmentBytes = 1;
      memoryAlignmentBytes = 1;
    }
    sizeBytes.set(Files.sizeBytes(fd));
  }

  /** Opens a file as its options say, or throws one line that says why not. */
  static FileHandle open(Path path, FileOptions options) throws IOException {
    FileKind.check(path);
    if (options.direct() == FileOptions.Direct.OFF) {
      return open(path, options, false);
    }
    boolean must = options.direct() == FileOptions.Direct.ON;
    FileHandle handle;
    try {
      handle = open(path, options, true);
    } catch (LinuxException e) {
      if (must || e.errno() != Errno.EINVAL) {
        throw FileKind.explain(path, options.readOnly(), e);
      }
      return open(path, options, false);
    }
    String obstacle = handle.directObstacle();
    if (obstacle == null) {
      return handle;
    }
    Fd.close(handle.fd);
    if (must) {
      throw new IOException(path + ": " + obstacle);
    }
    return open(path, options, false);
  }

  private static FileHandle open(Path path, FileOptions options, boolean direct)
      throws IOException {
    int flags = options.readOnly() ? Files.O_RDONLY : Files.O_RDWR;
    int fd;
    try {
      fd = Files.open(path, direct ? flags | Files.O_DIRECT : flags, 0);
    } catch (LinuxException e) {
      if (direct && e.errno() == Errno.EINVAL) {
        throw e;
      }
      throw FileKind.explain(path, options.readOnly(), e);
    }
    try {
      return new FileHandle(path, fd, options, direct);
    } catch (IOException e) {
      Fd.close(fd);
      throw e;
    }
  }

  private String directObstacle() {
    if (!takesDirect) {
      return "its file system takes no direct I/O";
    }
    if (alignmentBytes > ALIGNMENT_MAX) {
      return "direct I/O needs an alignment of " + alignmentBytes + ", above " + ALIGNMENT_MAX;
    }
    if (!growable && sizeBytes.get() % alignmentBytes != 0) {
      return "size " + sizeBytes.get() + " is no multiple of " + alignmentBytes + ": no direct I/O";
    }
    return null;
  }

  /** Finds out whether the file system punches holes, by one behind the end, where none is. */
  void probeHoles() {
    if (!blockDevice && !readOnly) {
      int mode = Files.FALLOC_FL_PUNCH_HOLE | Files.FALLOC_FL_KEEP_SIZE;
      long behindEnd = (sizeBytes.get() + ALIGNMENT_MAX - 1) / ALIGNMENT_MAX * ALIGNMENT_MAX;
      punchesHoles = Files.allocate(fd, mode, behindEnd, ALIGNMENT_MAX) == 0;
    }
  }

  /** Notes that the file reaches at least so far. */
  void growTo(long endBytes) {
    long size = sizeBytes.get();
    while (growable && size < endBytes && !sizeBytes.compareAndSet(size, endBytes)) {
      size = sizeBytes.get();
    }
  }

  Limits limits() {
    int physical = direct ? alignmentBytes : 4096;
    return new Limits(alignmentBytes, memoryAlignmentBytes, physical, 0, 4096);
  }

  Capabilities capabilities() {
    return new Capabilities(
        readOnly,
        growable,
        !readOnly && punchesHoles,
        !readOnly,
        !readOnly && punchesHoles,
        Capabilities.QUEUES_UNLIMITED);
  }
}
