package org.culebra.linux.uring;

import java.util.Arrays;
import org.culebra.linux.Errno;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;
import org.culebra.linux.NativeBuffer;

/**
 * One io_uring; one thread at a time.
 *
 * <p>Submitting and completing allocate nothing. Memory that a request points at is the kernel's
 * until its completion has come; {@link #close} doesn't wait for that.
 */
public final class Ring implements AutoCloseable {
  static final int ENTER_GETEVENTS = 1;
  static final int ENTER_EXT_ARG = 1 << 3;
  static final int REGISTER_BUFFERS = 0;
  static final int UNREGISTER_BUFFERS = 1;
  static final int REGISTER_FILES = 2;
  static final int UNREGISTER_FILES = 3;

  // struct io_uring_getevents_arg, and behind it the struct __kernel_timespec it points at
  static final int ARGUMENT_BYTES = 24;
  static final int ARGUMENT_TS_OFFSET = 16;
  static final int TIMESPEC_BYTES = 16;
  static final int TIMESPEC_NS_OFFSET = 8;
  private static final long NS_PER_SECOND = 1_000_000_000;

  private final RingMemory memory;
  private final int fd;
  private final SubmissionQueue sq;
  private final CompletionQueue cq;
  private final NativeBuffer scratch;
  private final long argument;
  private boolean closed;

  /** Makes a ring with room for twice as many completions as entries. */
  public Ring(int entries) throws LinuxException {
    this(entries, 2 * entries);
  }

  /**
   * Makes a ring.
   *
   * @param entries how many requests one submission holds, rounded up to a power of two
   * @param completions how many completions can wait, at least as many; more than that are kept by
   *     the kernel and come later
   * @throws LinuxException EPERM or ENOSYS where io_uring is forbidden, missing, or older than
   *     Linux 5.11
   */
  public Ring(int entries, int completions) throws LinuxException {
    memory = new RingMemory(entries, completions);
    fd = memory.fd;
    sq = new SubmissionQueue(memory);
    cq = new CompletionQueue(memory);
    scratch = NativeBuffer.allocate(ARGUMENT_BYTES + TIMESPEC_BYTES, Long.BYTES);
    argument = scratch.address();
  }

  /** Returns a descriptor that is readable while a completion waits. */
  public int fd() {
    return fd;
  }

  /** Returns the requests. */
  public SubmissionQueue sq() {
    return sq;
  }

  /** Returns the completions. */
  public CompletionQueue cq() {
    return cq;
  }

  /**
   * Gives all pending entries to the kernel; doesn't wait for completions.
   *
   * @return how many it took; or {@code -errno} when it took none: -EAGAIN and -EBUSY mean that
   *     completions must be consumed first. Entries not taken stay pending.
   */
  public int submit() {
    int pending = sq.publishRelease();
    int submitted = 0;
    while (submitted < pending) {
      int result = UringCalls.enter(fd, pending - submitted, 0, 0, 0, 0);
      if (result <= 0 && result != -Errno.EINTR) {
        return submitted > 0 ? submitted : result;
      }
      submitted += Math.max(result, 0);
    }
    return submitted;
  }

  /**
   * Gives all pending entries to the kernel, and waits for completions.
   *
   * <p>Returns early when a signal comes, and when an entry is wrong or the kernel could take only
   * a part of them.
   *
   * @param completions how many to wait for
   * @param timeoutNs 0 doesn't wait, below 0 waits for ever
   * @return how many completions wait now, fewer after the timeout; or {@code -errno} as {@link
   *     #submit}
   */
  public int submitAndWait(int completions, long timeoutNs) {
    int pending = sq.publishRelease();
    int waiting = cq.peek();
    if (pending == 0 && waiting >= completions) {
      return waiting;
    }
    putTimeout(timeoutNs);
    int flags = ENTER_GETEVENTS | ENTER_EXT_ARG;
    int result = UringCalls.enter(fd, pending, completions, flags, argument, ARGUMENT_BYTES);
    if (result < 0 && result != -Errno.ETIME && result != -Errno.EINTR) {
      return result;
    }
    if (sq.pending() > 0) {
      submit(); // the kernel stops, and doesn't wait, at an entry that is wrong
    }
    return cq.peek();
  }

  private void putTimeout(long timeoutNs) {
    long timespec = argument + ARGUMENT_BYTES;
    Memory.putLong(argument + ARGUMENT_TS_OFFSET, timeoutNs < 0 ? 0 : timespec);
    Memory.putLong(timespec, timeoutNs / NS_PER_SECOND);
    Memory.putLong(timespec + TIMESPEC_NS_OFFSET, timeoutNs % NS_PER_SECOND);
  }

  /**
   * Registers files: an entry with {@link Sqe#IOSQE_FIXED_FILE} names one by its index.
   *
   * @param fds -1 leaves an index empty; the ring keeps the files open by itself
   */
  public void registerFiles(int... fds) throws LinuxException {
    try (NativeBuffer list = NativeBuffer.allocate(4L * fds.length, Integer.BYTES)) {
      for (int i = 0; i < fds.length; i++) {
        Memory.putInt(list.address() + 4L * i, fds[i]);
      }
      String operation = "register files " + Arrays.toString(fds);
      register(operation, REGISTER_FILES, list.address(), fds.length);
    }
  }

  /** Takes the registration of all files back; waits for requests that use them. */
  public void unregisterFiles() throws LinuxException {
    register("unregister files", UNREGISTER_FILES, 0, 0);
  }

  /**
   * Registers memory for {@link Sqe#readFixed} and {@link Sqe#writeFixed}, which name it by its
   * index; it is pinned, and may count against RLIMIT_MEMLOCK.
   *
   * @param addressLengthPairs address, length in bytes (at most 1 GiB), address, length …
   */
  public void registerBuffers(long... addressLengthPairs) throws LinuxException {
    assert addressLengthPairs.length % 2 == 0;
    try (NativeBuffer list = NativeBuffer.allocate(8L * addressLengthPairs.length, Long.BYTES)) {
      for (int i = 0; i < addressLengthPairs.length; i++) {
        Memory.putLong(list.address() + 8L * i, addressLengthPairs[i]);
      }
      int count = addressLengthPairs.length / 2;
      register("register " + count + " buffers", REGISTER_BUFFERS, list.address(), count);
    }
  }

  /** Takes the registration of all memory back; waits for requests that use it. */
  public void unregisterBuffers() throws LinuxException {
    register("unregister buffers", UNREGISTER_BUFFERS, 0, 0);
  }

  private void register(String operation, int opcode, long list, int count) throws LinuxException {
    int result = UringCalls.register(fd, opcode, list, count);
    if (result < 0) {
      throw new LinuxException(operation, -result);
    }
  }

  /**
   * Closes the ring; the kernel cancels what is in flight, but not at once: who needs the memory of
   * a request back waits for its completion first.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
      scratch.close();
    }
  }
}
