package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * Waits for any of many descriptors; level-triggered.
 *
 * <p>Confined to the thread that waits; another one wakes it through an {@link EventFd} in the set.
 */
public final class Epoll implements AutoCloseable {
  /** There is something to read. */
  public static final int IN = 1;

  /** There is room to write. */
  public static final int OUT = 4;

  /** An error stands; always reported. */
  public static final int ERR = 8;

  /** Both directions have ended; always reported. */
  public static final int HUP = 0x10;

  /** The peer writes no more. */
  public static final int RDHUP = 0x2000;

  static final int CTL_ADD = 1;
  static final int CTL_DEL = 2;
  static final int CTL_MOD = 3;
  private static final int EVENTS_MAX = 64;

  // struct epoll_event is packed on x86_64 and isn't on aarch64
  private static final int EVENT_BYTES = (int) Layout.value("epoll_event");
  private static final int EVENTS_OFFSET = (int) Layout.value("epoll_event.events");
  private static final int FD_OFFSET = (int) Layout.value("epoll_event.data");

  private static final MethodHandle OPEN =
      NativeLibrary.bind("culebra_epoll", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle CONTROL =
      NativeLibrary.bind(
          "culebra_epoll_control",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle WAIT =
      NativeLibrary.bind(
          "culebra_epoll_wait",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));

  private final int epoll;
  private final NativeBuffer buffer;
  private final long events;
  private int ready;
  private boolean closed;

  /** Makes an empty set. */
  public Epoll() throws LinuxException {
    try {
      epoll = LinuxException.check((int) OPEN.invokeExact(), "epoll", "create");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    buffer = NativeBuffer.allocate((long) EVENTS_MAX * EVENT_BYTES, Long.BYTES);
    events = buffer.address();
  }

  /**
   * Adds a descriptor.
   *
   * @param waitFor a sum of {@link #IN} and so on
   */
  public void add(int fd, int waitFor) throws LinuxException {
    LinuxException.check(control(CTL_ADD, fd, waitFor), "epoll add fd", fd);
  }

  /** Changes what a descriptor is waited for; 0: only errors and the end. */
  public void modify(int fd, int waitFor) throws LinuxException {
    LinuxException.check(control(CTL_MOD, fd, waitFor), "epoll modify fd", fd);
  }

  /** Removes a descriptor, before it is closed; one that isn't in the set is ignored. */
  public void remove(int fd) {
    control(CTL_DEL, fd, 0);
  }

  /**
   * Waits until a descriptor is ready; allocates nothing.
   *
   * @param timeoutNs 0 doesn't wait, below 0 waits for ever
   * @return how many are ready; 0 after the timeout, when a signal came, and when the kernel had a
   *     completion to make for an io_uring of this thread: look there too after every return
   */
  public int await(long timeoutNs) {
    int result;
    try {
      result = (int) WAIT.invokeExact(epoll, events, EVENTS_MAX, timeoutNs);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    assert result >= 0 : result;
    ready = Math.max(result, 0);
    return ready;
  }

  /** Returns a descriptor that was ready at the last {@link #await}. */
  public int fd(int index) {
    assert index >= 0 && index < ready : index;
    return Memory.getInt(events + (long) index * EVENT_BYTES + FD_OFFSET);
  }

  /** Returns what it was ready for: a sum of {@link #IN} and so on. */
  public int events(int index) {
    assert index >= 0 && index < ready : index;
    return Memory.getInt(events + (long) index * EVENT_BYTES + EVENTS_OFFSET);
  }

  /** Closes the set, not the descriptors in it. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      ready = 0;
      Fd.close(epoll);
      buffer.close();
    }
  }

  private int control(int operation, int fd, int waitFor) {
    try {
      return (int) CONTROL.invokeExact(epoll, operation, fd, waitFor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
