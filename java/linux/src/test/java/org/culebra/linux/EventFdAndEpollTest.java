package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventFdAndEpollTest {
  private static final long FOR_EVER = -1;
  private static final long MS = 1_000_000;

  private Epoll epoll;
  private int fd;

  @BeforeEach
  void open() throws LinuxException {
    epoll = new Epoll();
    fd = EventFd.open();
  }

  @AfterEach
  void close() {
    Fd.close(fd);
    epoll.close();
  }

  @Test
  void shouldBeDrainedOnceHoweverOftenSignalled() {
    EventFd.signal(fd);
    EventFd.signal(fd);
    assertTrue(EventFd.drain(fd));
    assertFalse(EventFd.drain(fd));
  }

  @Test
  void shouldReportWhoIsReadyAndForWhat() throws LinuxException {
    epoll.add(fd, Epoll.IN);
    assertEquals(0, epoll.await(0));
    EventFd.signal(fd);
    assertEquals(1, epoll.await(FOR_EVER));
    assertEquals(fd, epoll.fd(0));
    assertEquals(Epoll.IN, epoll.events(0));
  }

  @Test
  void shouldStayReadyUntilDrained() throws LinuxException {
    epoll.add(fd, Epoll.IN);
    EventFd.signal(fd);
    assertEquals(1, epoll.await(0));
    assertEquals(1, epoll.await(0));
    EventFd.drain(fd);
    assertEquals(0, epoll.await(0));
  }

  @Test
  void shouldChangeWhatIsWaitedFor() throws LinuxException {
    epoll.add(fd, Epoll.IN);
    epoll.modify(fd, Epoll.OUT);
    assertEquals(1, epoll.await(0));
    assertEquals(Epoll.OUT, epoll.events(0));
  }

  @Test
  void shouldForgetWhatIsRemovedAndIgnoreWhatIsUnknown() throws LinuxException {
    epoll.add(fd, Epoll.IN);
    EventFd.signal(fd);
    epoll.remove(fd);
    epoll.remove(fd);
    assertEquals(0, epoll.await(0));
  }

  @Test
  void shouldReportThatThePeerHungUp() throws LinuxException {
    int[] pair = Sockets.pair();
    epoll.add(pair[0], Epoll.IN | Epoll.RDHUP);
    Fd.close(pair[1]);
    assertEquals(1, epoll.await(FOR_EVER));
    assertEquals(Epoll.IN | Epoll.HUP | Epoll.RDHUP, epoll.events(0));
    Fd.close(pair[0]);
  }

  @Test
  void shouldWaitAsLongAsAskedAndNotMuchLonger() {
    long start = System.nanoTime();
    assertEquals(0, epoll.await(3 * MS + 500_000));
    long waitedNs = System.nanoTime() - start;
    assertTrue(waitedNs >= 3 * MS + 500_000, "waited " + waitedNs);
    assertTrue(waitedNs < TimeUnit.SECONDS.toNanos(5), "waited " + waitedNs);
  }

  @Test
  void shouldNameTheDescriptorThatCannotBeAdded() {
    LinuxException e = assertThrows(LinuxException.class, () -> epoll.add(9999, Epoll.IN));
    assertEquals("epoll add fd 9999: EBADF (Bad file descriptor)", e.getMessage());
    assertEquals(Errno.EBADF, e.errno());
  }

  @Test
  void shouldLoseNoWakeUpBetweenTwoThreads() throws Exception {
    int rounds = 20_000;
    int back = EventFd.open();
    AtomicLong sent = new AtomicLong();
    epoll.add(fd, Epoll.IN);
    Thread peer = Thread.ofPlatform().start(() -> pingPong(back, rounds, sent));
    for (int i = 1; i <= rounds; i++) {
      assertEquals(1, epoll.await(FOR_EVER));
      assertTrue(EventFd.drain(fd));
      assertEquals(i, sent.get());
      EventFd.signal(back);
    }
    peer.join();
    Fd.close(back);
  }

  private void pingPong(int back, int rounds, AtomicLong sent) {
    try (Epoll own = new Epoll()) {
      own.add(back, Epoll.IN);
      for (int i = 0; i < rounds; i++) {
        sent.incrementAndGet();
        EventFd.signal(fd);
        own.await(FOR_EVER);
        EventFd.drain(back);
      }
    } catch (LinuxException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldAllocateNothingWhenWarm() throws LinuxException {
    epoll.add(fd, Epoll.IN);
    Allocation.assertNone(100_000, this::signalAwaitDrain);
  }

  private void signalAwaitDrain() {
    EventFd.signal(fd);
    assert epoll.await(FOR_EVER) == 1;
    assert epoll.fd(0) == fd;
    assert epoll.events(0) == Epoll.IN;
    assert EventFd.drain(fd);
  }
}
