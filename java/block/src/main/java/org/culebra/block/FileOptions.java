package org.culebra.block;

import java.util.concurrent.Executor;

/**
 * How a {@link FileDevice} opens its file.
 *
 * @param readOnly opens for reading, and shares with others that do
 * @param growable writes past the end make the file longer; of no meaning for a block device
 * @param direct whether to go past the page cache
 * @param lock which of QEMU's image locks an active device holds
 * @param ioUring whether to use io_uring
 * @param workers runs the system calls where io_uring isn't used; a pool of a few threads for a
 *     data path, since each of its tasks blocks
 */
public record FileOptions(
    boolean readOnly,
    boolean growable,
    Direct direct,
    Lock lock,
    IoUring ioUring,
    Executor workers) {
  /** Whether to open with O_DIRECT. */
  public enum Direct {
    /** Where the file system takes it and the file's size is a multiple of its unit. */
    AUTO,
    /** Or fail. */
    ON,
    /** Through the page cache. */
    OFF
  }

  /** QEMU's image locks, which keep two programs from using one image against each other. */
  public enum Lock {
    /** A writer alone; readers share. What QEMU does by default. */
    EXCLUSIVE,
    /** Says what it does and lets others do what they like: QEMU's share-rw=on and force-share. */
    SHARED,
    /** None. */
    OFF
  }

  /** Whether to use io_uring. */
  public enum IoUring {
    /** Unless it is forbidden. */
    AUTO,
    /** Workers only. */
    OFF
  }

  /**
   * Read-write, of fixed size, all else chosen by what the machine offers. Without io_uring the
   * submitter's own thread does the work: for tools.
   */
  public static final FileOptions DEFAULT =
      new FileOptions(false, false, Direct.AUTO, Lock.EXCLUSIVE, IoUring.AUTO, Runnable::run);

  /** Returns these with another value. */
  public FileOptions withReadOnly(boolean readOnly) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }

  /** Returns these with another value. */
  public FileOptions withGrowable(boolean growable) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }

  /** Returns these with another value. */
  public FileOptions withDirect(Direct direct) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }

  /** Returns these with another value. */
  public FileOptions withLock(Lock lock) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }

  /** Returns these with another value. */
  public FileOptions withIoUring(IoUring ioUring) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }

  /** Returns these with another value. */
  public FileOptions withWorkers(Executor workers) {
    return new FileOptions(readOnly, growable, direct, lock, ioUring, workers);
  }
}
