package org.culebra.block;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.culebra.linux.Epoll;

/** Watches descriptors with an {@link Epoll}. Confined to the thread that owns the epoll. */
public final class EpollWaiter implements Waiter {
  private final Epoll epoll;
  private int[] fds = new int[8];
  private int[] events = new int[8];
  private int count;

  /** Makes one that watches nothing yet; the epoll stays the caller's. */
  public EpollWaiter(Epoll epoll) {
    this.epoll = epoll;
  }

  @Override
  public void watch(int fd, int events) {
    int index = indexOf(fd);
    try {
      if (index < 0) {
        epoll.add(fd, events);
        append(fd, events);
      } else if (this.events[index] != events) {
        epoll.modify(fd, events);
        this.events[index] = events;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void unwatch(int fd) {
    int index = indexOf(fd);
    assert index >= 0 : "fd " + fd + " isn't watched";
    epoll.remove(fd);
    count--;
    fds[index] = fds[count];
    events[index] = events[count];
  }

  /** Returns how many descriptors it watches. */
  public int count() {
    return count;
  }

  private int indexOf(int fd) {
    for (int i = 0; i < count; i++) {
      if (fds[i] == fd) {
        return i;
      }
    }
    return -1;
  }

  private void append(int fd, int fdEvents) {
    if (count == fds.length) {
      fds = Arrays.copyOf(fds, count * 2);
      events = Arrays.copyOf(events, count * 2);
    }
    fds[count] = fd;
    events[count] = fdEvents;
    count++;
  }
}
