package org.culebra.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.Files;
import org.culebra.linux.LinuxException;

/**
 * A file or a block device of this host, through io_uring, or through workers where that is
 * forbidden.
 *
 * <p>Goes past the page cache where the file takes it, with the requests' own memory; memory that
 * is aligned less than {@link Limits#memoryAlignmentBytes()} or has segments that are no multiples
 * of {@link Limits#alignmentBytes()} goes through a buffer of the queue and counts in {@link
 * #copiedBytes()}. While active it holds QEMU's image locks.
 *
 * <p>Writes and write zeroes past the end of a growable one make the file longer; a discard never
 * does. A file of fixed size that someone else cuts short answers reads past its end with EIO.
 */
public final class FileDevice implements BlockDevice {
  private static final System.Logger LOGGER = System.getLogger(FileDevice.class.getName());

  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private final OpenQueues openQueues = new OpenQueues();
  private final Path path;
  private final FileOptions options;
  private Capabilities capabilities;
  private Limits limits;
  private long inactiveSizeBytes;
  private long earlierCopiedBytes;
  private volatile FileHandle handle;
  private volatile boolean ringForbidden;

  private FileDevice(Path path, FileOptions options) {
    this.path = path;
    this.options = options;
  }

  /**
   * Makes an inactive device of a file that is there.
   *
   * @throws IOException with one line that names the path and why it can't be opened
   */
  public static FileDevice open(Path path, FileOptions options) throws IOException {
    FileDevice device = new FileDevice(path, options);
    FileHandle probe = FileHandle.open(path, options);
    device.remember(probe);
    Fd.close(probe.fd);
    return device;
  }

  private void remember(FileHandle handle) {
    inactiveSizeBytes = handle.sizeBytes.get();
    capabilities = handle.capabilities();
    limits = handle.limits();
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long capacityBytes() {
    FileHandle handle = this.handle;
    return handle == null ? inactiveSizeBytes : handle.sizeBytes.get();
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Limits limits() {
    return limits;
  }

  @Override
  public void activate() throws IOException {
    assert handle == null : path + " is active";
    FileHandle opened = FileHandle.open(path, options);
    try {
      ImageLocks.take(opened.fd, path, options.readOnly(), options.lock());
      // Read again: whoever held the lock before may have made the file longer.
      opened.sizeBytes.set(Files.sizeBytes(opened.fd));
    } catch (IOException e) {
      Fd.close(opened.fd);
      throw e;
    }
    opened.probeHoles();
    remember(opened);
    handle = opened;
    openQueues.setActive(true);
  }

  @Override
  public void deactivate() throws IOException {
    FileHandle closing = handle;
    if (closing == null) {
      return;
    }
    openQueues.setActive(false);
    int result = closing.readOnly ? 0 : Files.dataSync(closing.fd);
    remember(closing);
    earlierCopiedBytes += closing.copiedBytes.get();
    handle = null;
    try {
      if (options.lock() != FileOptions.Lock.OFF) {
        // A ring that was closed may hold the open file a little longer, and with it the locks.
        ImageLocks.release(closing.fd);
      }
    } finally {
      Fd.close(closing.fd);
    }
    if (result < 0) {
      String errno = Errno.name(-result);
      throw new IOException(path + ": fdatasync: " + errno + " (" + Errno.message(-result) + ")");
    }
  }

  @Override
  public boolean isActive() {
    return handle != null;
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    openQueues.add(this);
    FileSlots slots = null;
    try {
      slots = new FileSlots(handle, depth);
      return openQueue(slots);
    } catch (IOException e) {
      openQueues.remove();
      if (slots != null) {
        slots.close();
      }
      throw e;
    }
  }

  private BlockQueue openQueue(FileSlots slots) throws IOException {
    if (options.ioUring() == FileOptions.IoUring.AUTO && !ringForbidden) {
      try {
        return new FileRingQueue(slots, openQueues);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EPERM && e.errno() != Errno.ENOSYS) {
          throw e;
        }
        warnOnce(e);
        ringForbidden = true;
      }
    }
    return new FileWorkerQueue(slots, openQueues, options.workers());
  }

  private static void warnOnce(LinuxException e) {
    if (WARNED.compareAndSet(false, true)) {
      String why = e.getMessage();
      LOGGER.log(System.Logger.Level.WARNING, "no io_uring, files go through workers: {0}", why);
    }
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) throws IOException {
    FileHandle file = handle;
    assert file != null : path + " is not active";
    long size = file.sizeBytes.get();
    long data = file.blockDevice ? offsetBytes : Files.seekData(file.fd, offsetBytes);
    if (data == -Errno.ENXIO || data > offsetBytes) {
      long end = data < 0 ? size : Math.min(data, size);
      out.set(Extent.Kind.ZERO, offsetBytes, end - offsetBytes, offsetBytes);
      return;
    }
    long hole = file.blockDevice || data < 0 ? size : Files.seekHole(file.fd, offsetBytes);
    // Where the file system can't tell (a negative answer), all is data.
    long end = hole <= offsetBytes ? size : Math.min(hole, size);
    out.set(Extent.Kind.DATA, offsetBytes, end - offsetBytes, offsetBytes);
  }

  @Override
  public long allocatedBytes() throws IOException {
    FileHandle file = handle;
    assert file != null : path + " is not active";
    return file.blockDevice ? -1 : Files.allocatedBytes(file.fd);
  }

  @Override
  public void resize(long capacityBytes) throws IOException {
    FileHandle file = handle;
    assert file != null : path + " is not active";
    if (!file.growable || file.readOnly) {
      throw new IOException(path + ": resize to " + capacityBytes + ": it has a fixed size");
    }
    Files.truncate(file.fd, capacityBytes);
    file.sizeBytes.set(capacityBytes);
  }

  /** Returns how many bytes of requests went through a buffer since the device was made. */
  public long copiedBytes() {
    FileHandle file = handle;
    return earlierCopiedBytes + (file == null ? 0 : file.copiedBytes.get());
  }

  /** Returns whether an active device goes past the page cache. */
  public boolean isDirect() {
    FileHandle file = handle;
    return file != null && file.direct;
  }

  @Override
  public void close() throws IOException {
    deactivate();
  }
}
