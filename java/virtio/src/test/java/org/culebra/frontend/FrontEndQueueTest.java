package org.culebra.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.linux.EventFd;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.SplitRing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue whose device is the test itself, which writes the used ring by hand. */
@Timeout(30)
class FrontEndQueueTest {
  private static final long SECOND_NS = 1_000_000_000L;

  private final List<String> completions = new ArrayList<>();
  private final CompletionHandler handler =
      (tag, status, latencyNs) -> completions.add(tag + "/" + status + "/" + latencyNs);
  private FakeBackend backend;
  private FrontEnd frontEnd;
  private FrontEndQueue queue;
  private int usedIdx;

  @BeforeEach
  void connect() throws IOException {
    backend = new FakeBackend();
    connect(new FrontEndOptions());
  }

  private void connect(FrontEndOptions options) throws IOException {
    options.queueSize(8).memoryBytes(1 << 20).withoutFeatures(FeatureBits.EVENT_IDX);
    frontEnd = FrontEnd.connect(backend.socket, options);
    queue = frontEnd.queue(0);
  }

  @AfterEach
  void close() throws IOException {
    frontEnd.close();
    backend.close();
  }

  private void use(int id) {
    long used = queue.rings().usedRingAddress();
    Memory.putInt(used + SplitRing.RING_ENTRIES + (usedIdx & 7) * SplitRing.USED_ENTRY_BYTES, id);
    Memory.putShortRelease(used + SplitRing.RING_IDX, ++usedIdx);
  }

  private int availIdx() {
    return Memory.getShort(queue.rings().availableRingAddress() + SplitRing.RING_IDX);
  }

  @Test
  void shouldTellTagStatusAndLatency() {
    long buffer = frontEnd.memory().allocate(4096);
    assertTrue(queue.read(0, buffer, 4096, 77, 1_000));
    assertTrue(queue.flush(78, 1_500));
    queue.submit();
    assertEquals(2, availIdx());
    assertEquals(2, queue.inFlight());
    assertEquals(0, queue.poll(0, handler));
    use(0);
    assertEquals(1, queue.poll(5_000, handler));
    assertEquals(List.of("77/255/4000"), completions);
    assertEquals(1, queue.inFlight());
  }

  @Test
  void shouldRefuseRequestsWhenTheQueueIsFull() {
    long buffer = frontEnd.memory().allocate(4096);
    for (int i = 0; i < 8; i++) {
      assertTrue(queue.write(0, buffer, 512, i, 0));
    }
    assertFalse(queue.write(0, buffer, 512, 8, 0));
    queue.submit();
    use(0);
    queue.poll(0, handler);
    assertTrue(queue.write(0, buffer, 512, 8, 0));
  }

  @Test
  void shouldRefuseMoreSegmentsThanMayBe() {
    long buffer = frontEnd.memory().allocate(64 << 10);
    try (IoVector segments = new IoVector(32)) {
      for (int i = 0; i < 17; i++) {
        segments.add(buffer + i * 1024L, 512);
      }
      assertFalse(queue.read(0, segments, 1, 0));
      segments.dropLast(512);
      assertTrue(queue.read(0, segments, 1, 0));
    }
  }

  @Test
  void shouldNotTrustTheIdOfAUsedBuffer() {
    assertTrue(queue.flush(1, 0));
    queue.submit();
    use(3);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> queue.poll(0, handler));
    assertEquals("queue 0 used index 1: its id isn't in flight", e.getMessage());
  }

  @Test
  void shouldKickOnlyWhenTheDeviceWantsIt() {
    EventFd.drain(queue.kickFd());
    assertTrue(queue.flush(1, 0));
    queue.submit();
    assertTrue(EventFd.drain(queue.kickFd()));
    Memory.putShort(
        queue.rings().usedRingAddress() + SplitRing.RING_FLAGS, SplitRing.USED_F_NO_NOTIFY);
    assertTrue(queue.flush(2, 0));
    queue.submit();
    assertFalse(EventFd.drain(queue.kickFd()));
    queue.kick();
    assertTrue(EventFd.drain(queue.kickFd()));
  }

  @Test
  void shouldWantNotificationsOnlyWhileItWaits() {
    long flags = queue.rings().availableRingAddress() + SplitRing.RING_FLAGS;
    assertEquals(SplitRing.AVAIL_F_NO_INTERRUPT, Memory.getShort(flags));
    assertFalse(queue.await(1_000_000));
    assertEquals(SplitRing.AVAIL_F_NO_INTERRUPT, Memory.getShort(flags));
    EventFd.signal(queue.callFd());
    use(0);
    assertTrue(queue.await(SECOND_NS));
  }

  @Test
  void shouldWaitForTheRestOfItsTimeAfterANotificationForNothing() {
    EventFd.signal(queue.callFd());
    long beforeNs = System.nanoTime();
    assertFalse(queue.await(50_000_000));
    assertTrue(System.nanoTime() - beforeNs >= 50_000_000);
  }

  @Test
  void shouldSpinWithoutCallEventfds() throws IOException {
    frontEnd.close();
    connect(new FrontEndOptions().passesCall(false));
    assertFalse(queue.await(1_000_000));
    use(0);
    assertTrue(queue.await(SECOND_NS));
    frontEnd.start();
    frontEnd.sync();
    assertTrue(backend.received.contains("SET_VRING_CALL"));
  }

  @Test
  void shouldLearnThatTheVringIsBroken() {
    assertFalse(queue.isBroken());
    EventFd.signal(queue.errFd());
    assertTrue(queue.isBroken());
    assertFalse(queue.isBroken());
  }

  @Test
  void shouldSayHowMuchMemoryIsLeft() {
    SharedMemory memory = frontEnd.memory();
    memory.allocate((1 << 20) - 64);
    assertThrows(IllegalStateException.class, () -> memory.allocate(1 << 16));
    memory.freeAll();
    long address = memory.allocate(1 << 16);
    assertEquals(0, address % 64);
    assertEquals(address, memory.addressOfGuest(memory.guestAddress(address)));
  }
}
