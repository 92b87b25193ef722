package org.culebra.linux.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.IntStream;
import org.culebra.linux.Allocation;
import org.culebra.linux.Epoll;
import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingTest {
  private static final int ENTRIES = 8;
  private static final long FOR_EVER = -1;
  private static final long MS = 1_000_000;

  private Ring ring;

  @BeforeEach
  void open() throws LinuxException {
    assumeTrue(Uring.isAvailable(), "io_uring is forbidden here");
    ring = new Ring(ENTRIES);
  }

  @AfterEach
  void close() {
    if (ring != null) {
      ring.close();
    }
  }

  private void fillWithNops(long firstTag, int count) {
    for (int i = 0; i < count; i++) {
      ring.sq().next().nop().userData(firstTag + i);
    }
  }

  @Test
  void shouldCompleteWithTheTagOfTheRequest() {
    ring.sq().next().nop().userData(0xfedc_ba98_7654_3210L);
    assertEquals(1, ring.sq().pending());
    assertTrue(ring.cq().isEmpty());
    assertEquals(1, ring.submit());
    assertEquals(0, ring.sq().pending());
    assertEquals(1, ring.submitAndWait(1, FOR_EVER));
    assertEquals(0xfedc_ba98_7654_3210L, ring.cq().userData(0));
    assertEquals(0, ring.cq().result(0));
    assertEquals(0, ring.cq().flags(0));
    ring.cq().advance(1);
    assertTrue(ring.cq().isEmpty());
  }

  @Test
  void shouldGoRoundTheRingManyTimes() {
    for (int round = 0; round < 1000; round++) {
      fillWithNops(round * 3L, 3);
      assertEquals(3, ring.submitAndWait(3, FOR_EVER));
      assertEquals(round * 3L, ring.cq().userData(0));
      assertEquals(round * 3L + 2, ring.cq().userData(2));
      ring.cq().advance(3);
    }
  }

  @Test
  void shouldOfferNoEntryWhenAllArePending() {
    fillWithNops(0, ENTRIES);
    assertNull(ring.sq().next());
    assertEquals(ENTRIES, ring.submit());
    assertNotNull(ring.sq().next());
  }

  @Test
  void shouldRoundEntriesUpToPowersOfTwo() throws LinuxException {
    try (Ring odd = new Ring(5, 17)) {
      assertEquals(8, odd.sq().entries());
      assertEquals(32, odd.cq().entries());
    }
  }

  @Test
  void shouldDeliverCompletionsThatFoundNoRoom() {
    // 16 completions fit; 40 are made before the first is consumed
    int requests = 5 * ENTRIES;
    for (int i = 0; i < 5; i++) {
      fillWithNops((long) i * ENTRIES, ENTRIES);
      assertEquals(ENTRIES, ring.submit());
    }
    boolean[] seen = new boolean[requests];
    for (int left = requests; left > 0; left--) {
      assertTrue(ring.cq().peek() > 0, left + " are missing");
      seen[(int) ring.cq().userData(0)] = true;
      ring.cq().advance(1);
    }
    assertTrue(IntStream.range(0, requests).allMatch(i -> seen[i]));
    assertTrue(ring.cq().isEmpty());
  }

  @Test
  void shouldReturnAfterTheTimeout() {
    long start = System.nanoTime();
    assertEquals(0, ring.submitAndWait(1, 5 * MS));
    long waitedNs = System.nanoTime() - start;
    assertTrue(waitedNs >= 5 * MS, "waited " + waitedNs);
  }

  @Test
  void shouldNotWaitWithATimeoutOfZero() {
    assertEquals(0, ring.submitAndWait(1, 0));
    fillWithNops(1, 1);
    assertEquals(1, ring.submitAndWait(1, 0));
  }

  @Test
  void shouldCountOnlyWhatIsThereWhenTheTimeoutComesFirst() {
    fillWithNops(1, 2);
    assertEquals(2, ring.submitAndWait(3, 5 * MS));
  }

  @Test
  void shouldBeReadableInAnEpollSetWhileACompletionWaits() throws LinuxException {
    try (Epoll epoll = new Epoll()) {
      epoll.add(ring.fd(), Epoll.IN);
      assertEquals(0, epoll.await(0));
      fillWithNops(7, 1);
      ring.submit();
      assertEquals(1, epoll.await(FOR_EVER));
      assertEquals(ring.fd(), epoll.fd(0));
      ring.cq().advance(1);
      assertEquals(0, epoll.await(0));
    }
  }

  @Test
  void shouldWakeAnEpollSetWhenAPollCompletes() throws LinuxException {
    int eventFd = EventFd.open();
    try (Epoll epoll = new Epoll()) {
      epoll.add(ring.fd(), Epoll.IN);
      ring.sq().next().pollAdd(eventFd, Epoll.IN).userData(3);
      ring.submit();
      Thread signaller = Thread.ofPlatform().start(() -> EventFd.signal(eventFd));
      epoll.await(FOR_EVER); // 0 when the kernel interrupted it to make the completion
      assertEquals(1, ring.cq().peek());
      assertEquals(Epoll.IN, ring.cq().result(0));
      assertEquals(3, ring.cq().userData(0));
      signaller.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      Fd.close(eventFd);
    }
  }

  @Test
  void shouldCancelARequestThatWaits() throws LinuxException {
    int eventFd = EventFd.open();
    ring.sq().next().pollAdd(eventFd, Epoll.IN).userData(1);
    ring.submit();
    ring.sq().next().asyncCancel(1).userData(2);
    assertEquals(2, ring.submitAndWait(2, FOR_EVER));
    int poll = ring.cq().userData(0) == 1 ? 0 : 1;
    assertEquals(-Errno.ECANCELED, ring.cq().result(poll));
    assertEquals(2, ring.cq().userData(1 - poll));
    assertEquals(0, ring.cq().result(1 - poll));
    Fd.close(eventFd);
  }

  @Test
  void shouldSayWhenThereIsNothingToCancel() {
    ring.sq().next().asyncCancel(99).userData(2);
    assertEquals(1, ring.submitAndWait(1, FOR_EVER));
    assertEquals(-Errno.ENOENT, ring.cq().result(0));
  }

  @Test
  void shouldSubmitWhatFollowsARequestThatIsWrong() {
    ring.sq().next().nop().flags(0x80).userData(1); // no such flag
    fillWithNops(2, 2);
    assertEquals(3, ring.submit());
    assertEquals(3, ring.submitAndWait(3, FOR_EVER));
    assertEquals(1, ring.cq().userData(0));
    assertTrue(ring.cq().result(0) < 0);
    assertEquals(0, ring.cq().result(1));
    assertEquals(0, ring.cq().result(2));
  }

  @Test
  void shouldOfferEntriesThatRememberNothing() {
    for (int i = 0; i < ENTRIES; i++) {
      ring.sq().next().nop().flags(0x80).userData(1); // no such flag
    }
    assertEquals(ENTRIES, ring.submitAndWait(ENTRIES, FOR_EVER));
    ring.cq().advance(ENTRIES);
    fillWithNops(0, ENTRIES);
    assertEquals(ENTRIES, ring.submitAndWait(ENTRIES, FOR_EVER));
    assertTrue(IntStream.range(0, ENTRIES).allMatch(i -> ring.cq().result(i) == 0));
  }

  @Test
  void shouldStartALinkedRequestOnlyAfterTheOneBefore() throws LinuxException {
    int notOpen = 9999;
    ring.sq().next().fsync(notOpen, true).flags(Sqe.IOSQE_IO_LINK).userData(1);
    ring.sq().next().nop().userData(2);
    assertEquals(2, ring.submitAndWait(2, FOR_EVER));
    assertEquals(-Errno.EBADF, ring.cq().result(0));
    assertEquals(-Errno.ECANCELED, ring.cq().result(1));
  }

  @Test
  void shouldAllocateNothingWhenWarm() {
    Allocation.assertNone(100_000, this::oneNop);
  }

  private void oneNop() {
    ring.sq().next().nop().userData(5);
    assert ring.submitAndWait(1, FOR_EVER) == 1;
    assert ring.cq().userData(0) == 5;
    ring.cq().advance(1);
  }

  @Test
  void shouldLeaveNoDescriptorOpen() throws LinuxException {
    int before = Fd.openCount();
    for (int i = 0; i < 50; i++) {
      Ring other = new Ring(4);
      other.close();
      other.close();
    }
    assertEquals(before, Fd.openCount());
  }

  @Test
  void shouldRefuseARingWithoutEntries() {
    LinuxException e = assertThrows(LinuxException.class, () -> new Ring(0));
    assertEquals(Errno.EINVAL, e.errno());
  }

  @Test
  void shouldBeUnavailableWhenThePropertyForbidsIt() {
    System.setProperty(Uring.PROPERTY, "off");
    try {
      assertFalse(Uring.isAvailable());
      LinuxException e = assertThrows(LinuxException.class, () -> new Ring(ENTRIES));
      assertEquals(Errno.EPERM, e.errno());
      assertEquals(
          "io_uring_setup 8 entries, 16 completions, culebra.uring=off: EPERM"
              + " (Operation not permitted)",
          e.getMessage());
    } finally {
      System.clearProperty(Uring.PROPERTY);
    }
    assertTrue(Uring.isAvailable());
  }
}
