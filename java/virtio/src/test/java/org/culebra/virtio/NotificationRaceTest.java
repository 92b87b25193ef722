package org.culebra.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.driver.SplitDriver;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pitfall 30: the two races that each pair of full fences decides. One side makes a buffer visible
 * and looks whether to notify, at the same moment the other asks for a notification and looks
 * whether to sleep; never may the one stay silent and the other sleep.
 *
 * <p>Shows a fence that lacks only while both threads run at once, which a busy machine allows for
 * a part of the rounds.
 */
@Timeout(60)
class NotificationRaceTest {
  private static final int QUEUE_SIZE = 8;
  private static final int ROUNDS_MAX = 1_000_000;
  private static final long RUN_NS = 1_500_000_000L;
  private static final int JITTER_MAX = 16;
  private static final int SPINS_BEFORE_YIELD = 2_000;

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final int[] heads = new int[QUEUE_SIZE];
  private GuestDriver guest;
  private long touched;
  private boolean isPartnerAsleep;
  private volatile boolean isOver;

  @ParameterizedTest(name = "EVENT_IDX {0}")
  @ValueSource(booleans = {true, false})
  @Spec("virtio 1.3 §2.7.13.4.1")
  void shouldNotSleepAtAnAvailableBufferThatTheDriverDidNotNotifyOf(boolean isEventIdx)
      throws Exception {
    try (GuestDriver made = guest(isEventIdx)) {
      guest = made;
      SplitVirtqueue device = guest.device();
      device.suppressAvailableNotifications();
      assertMissedNever(
          () -> {
            guest.driver.offerHead(0);
            return guest.driver.publish();
          },
          device::enableAvailableNotifications,
          () -> {
            assertEquals(1, device.fetch(heads, QUEUE_SIZE));
            device.suppressAvailableNotifications();
          });
    }
  }

  @ParameterizedTest(name = "EVENT_IDX {0}")
  @ValueSource(booleans = {true, false})
  @Spec("virtio 1.3 §2.7.14")
  void shouldNotLeaveTheDriverAsleepAtAUsedBufferThatItWasNotNotifiedOf(boolean isEventIdx)
      throws Exception {
    try (GuestDriver made = guest(isEventIdx)) {
      guest = made;
      SplitVirtqueue device = guest.device();
      guest.driver.suppressUsedNotifications();
      assertMissedNever(
          () -> {
            device.push(0, 0);
            return device.publish();
          },
          guest.driver::enableUsedNotifications,
          () -> {
            assertTrue(guest.driver.pollUsed() != SplitDriver.NONE);
            guest.driver.suppressUsedNotifications();
          });
    }
  }

  private static GuestDriver guest(boolean isEventIdx) {
    return new GuestDriver(QUEUE_SIZE, isEventIdx ? FeatureBits.EVENT_IDX : FeatureBits.VERSION_1);
  }

  /** Lets both go at once, again and again, and resets between the rounds. */
  private void assertMissedNever(BooleanSupplier notify, BooleanSupplier sleep, Runnable reset)
      throws Exception {
    Thread partner = new Thread(() -> runPartner(sleep));
    partner.start();
    SplittableRandom random = new SplittableRandom(1);
    long startNs = System.nanoTime();
    int missed = 0;
    try {
      for (int i = 1; i <= ROUNDS_MAX && System.nanoTime() - startNs < RUN_NS; i++) {
        begun.set(i);
        touched += touchRings();
        spin(random.nextInt(JITTER_MAX));
        boolean isNotified = notify.getAsBoolean();
        awaitAtLeast(ended, i);
        missed += !isNotified && isPartnerAsleep ? 1 : 0;
        reset.run();
      }
    } finally {
      isOver = true;
      begun.set(Integer.MAX_VALUE);
      partner.join();
    }
    assertTrue(touched >= 0);
    assertEquals(0, missed);
  }

  private void runPartner(BooleanSupplier sleep) {
    SplittableRandom random = new SplittableRandom(2);
    long seen = 0;
    for (int i = 1; ; i++) {
      awaitAtLeast(begun, i);
      if (isOver) {
        assertTrue(seen >= 0);
        return;
      }
      seen += touchRings();
      spin(random.nextInt(JITTER_MAX));
      isPartnerAsleep = sleep.getAsBoolean();
      ended.set(i);
    }
  }

  /** Brings the rings into both caches: then loads are quick and stores wait, as a race needs. */
  private long touchRings() {
    long available = guest.layout.availableRingAddress();
    long used = guest.layout.usedRingAddress();
    return Memory.getShort(available)
        + Memory.getShort(used)
        + Memory.getShort(used + SplitRing.availEventOffset(QUEUE_SIZE));
  }

  private static void awaitAtLeast(AtomicInteger counter, int count) {
    for (int spins = 0; counter.get() < count; spins++) {
      if (spins < SPINS_BEFORE_YIELD) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }
}
