package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.culebra.linux.Epoll;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EpollWaiterTest {
  private Epoll epoll;
  private EpollWaiter waiter;
  private final int[] fds = new int[20];

  @BeforeEach
  void open() throws IOException {
    epoll = new Epoll();
    waiter = new EpollWaiter(epoll);
    for (int i = 0; i < fds.length; i++) {
      fds[i] = EventFd.open();
    }
  }

  @AfterEach
  void close() {
    epoll.close();
    for (int fd : fds) {
      Fd.close(fd);
    }
  }

  @Test
  void shouldWakeForWhatIsWatched() {
    for (int fd : fds) {
      waiter.watch(fd, Waiter.READABLE);
    }
    assertEquals(0, epoll.await(0));
    EventFd.signal(fds[17]);
    assertEquals(1, epoll.await(1_000_000_000L));
    assertEquals(fds[17], epoll.fd(0));
    assertEquals(1, epoll.await(0), "level-triggered");
  }

  @Test
  void shouldForgetWhatIsNotWatchedAnyMore() {
    waiter.watch(fds[0], Waiter.READABLE);
    waiter.watch(fds[1], Waiter.READABLE);
    EventFd.signal(fds[0]);
    waiter.unwatch(fds[0]);
    assertEquals(0, epoll.await(0));
    assertEquals(1, waiter.count());
    waiter.watch(fds[0], Waiter.READABLE);
    assertEquals(1, epoll.await(0));
  }

  @Test
  void shouldChangeWhatADescriptorIsWatchedFor() {
    EventFd.signal(fds[0]);
    waiter.watch(fds[0], 0);
    assertEquals(0, epoll.await(0), "kept without events");
    waiter.watch(fds[0], Waiter.READABLE | Waiter.WRITABLE);
    assertEquals(1, epoll.await(0));
    assertEquals(Waiter.READABLE | Waiter.WRITABLE, epoll.events(0));
    assertEquals(1, waiter.count());
  }
}
