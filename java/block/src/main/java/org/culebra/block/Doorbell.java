package org.culebra.block;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;

/**
 * Wakes the thread that owns a queue when another thread has put something on it: an eventfd that
 * is written only when the owner sleeps or is about to.
 *
 * <p>The owner calls {@link #arm()}, looks at its queue once more, and sleeps; {@link #disarm()}
 * when it looks again. The other thread puts, then calls {@link #ring()}. Either the owner's last
 * look sees what was put, or the ringer sees that it is armed.
 */
public final class Doorbell implements AutoCloseable {
  private static final int IDLE = 0;
  private static final int ARMED = 1;
  private static final int RUNG = 2;

  private final AtomicInteger state = new AtomicInteger();
  private final int fd;

  /**
   * Makes one that isn't armed.
   *
   * @throws LinuxException when there is no descriptor to be had
   */
  public Doorbell() throws LinuxException {
    fd = EventFd.open();
  }

  /** Returns the descriptor, which is readable once it was rung. */
  public int fd() {
    return fd;
  }

  /** Asks to be rung from here on. Owner's thread. */
  public void arm() {
    // An exchange is a full fence: the owner's last look comes after it. Pairs with ring().
    state.compareAndSet(IDLE, ARMED);
  }

  /** Asks to be left alone, and quiets the descriptor. Owner's thread. */
  public void disarm() {
    if (state.get() != IDLE) {
      // A ring may still be between its exchange and its write; then it is drained next time.
      state.set(IDLE);
      EventFd.drain(fd);
    }
  }

  /** Wakes the owner if it is armed. Any thread, after it has put what the owner shall see. */
  public void ring() {
    // The put before the load; pairs with the exchange in arm().
    VarHandle.fullFence();
    if (state.get() == ARMED && state.compareAndSet(ARMED, RUNG)) {
      EventFd.signal(fd);
    }
  }

  /** Closes the descriptor; nobody rings any more. */
  @Override
  public void close() {
    Fd.close(fd);
  }
}
