package org.culebra.image.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.EpollWaiter;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.linux.Epoll;
import org.culebra.linux.Fd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Queues of one image, with a core that ends requests when it is told to. */
@Timeout(30)
class OwnerTest {
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final Owner owner = new Owner(new Core());
  private int mayEnd;
  private int cancels;
  private boolean quiet = true;
  private volatile CountDownLatch entered;
  private volatile CountDownLatch mayLeave;

  private static final class Held extends OwnedRequest {
    @Override
    protected void run(int wakeResult) {
      complete(wakeResult);
    }
  }

  private final class Core implements OwnerCore {
    @Override
    public OwnedRequest newRequest() {
      return new Held();
    }

    @Override
    public void openChildren(Waiter waiter, int depth) {}

    @Override
    public void accept(OwnedRequest request) {
      held.add((Held) request);
    }

    @Override
    public int poll() {
      pauseIfAsked();
      int done = 0;
      while (mayEnd > 0 && !held.isEmpty()) {
        held.remove().run(0);
        mayEnd--;
        done++;
      }
      return done;
    }

    @Override
    public void dispatch() {}

    @Override
    public boolean prepareWait() {
      return quiet;
    }

    @Override
    public void cancelChildren() {
      cancels++;
      mayEnd = Integer.MAX_VALUE;
    }
  }

  private void pauseIfAsked() {
    CountDownLatch paused = entered;
    if (paused != null) {
      entered = null;
      paused.countDown();
      try {
        assertTrue(mayLeave.await(20, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @BeforeEach
  void start() throws Exception {
    owner.start();
  }

  @AfterEach
  void stop() {
    owner.stop();
  }

  private static void submit(BlockQueue queue, long tag) {
    RequestBatch batch = new RequestBatch(1);
    batch.add(new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(tag));
    queue.submit(batch);
    queue.dispatch();
  }

  private static int poll(BlockQueue queue) {
    return queue.poll(new CompletionBatch(8));
  }

  @Test
  void shouldRingASleeperWhoseRequestAnotherThreadEnded() throws Exception {
    BlockQueue sleeper = owner.open(4);
    BlockQueue other = owner.open(4);
    try (Epoll epoll = new Epoll()) {
      sleeper.attach(new EpollWaiter(epoll));
      submit(sleeper, 1);
      assertTrue(sleeper.prepareWait());
      assertEquals(0, epoll.await(0), "nothing to wake for yet");
      mayEnd = 1;
      assertEquals(0, poll(other), "it isn't the other one's");
      assertEquals(1, epoll.await(0), "the doorbell was rung");
      assertEquals(1, poll(sleeper));
      assertEquals(0, epoll.await(0), "the doorbell is quiet again");
      sleeper.detach();
    }
    sleeper.close();
    other.close();
  }

  @Test
  void shouldRingASleeperWhenTheQueuesBelowCantBeArmedForIt() throws Exception {
    BlockQueue sleeper = owner.open(4);
    BlockQueue other = owner.open(4);
    try (Epoll epoll = new Epoll()) {
      sleeper.attach(new EpollWaiter(epoll));
      submit(sleeper, 1);
      assertTrue(sleeper.prepareWait());
      quiet = false;
      poll(other);
      assertEquals(1, epoll.await(0), "there is something to do that nobody may come back for");
      quiet = true;
      mayEnd = 1;
      assertEquals(1, poll(sleeper));
      sleeper.detach();
    }
    sleeper.close();
    other.close();
  }

  @Test
  void shouldNotSleepWhileAnotherThreadWorks() throws Exception {
    BlockQueue first = owner.open(4);
    BlockQueue second = owner.open(4);
    mayLeave = new CountDownLatch(1);
    CountDownLatch inside = new CountDownLatch(1);
    entered = inside;
    Thread slow = new Thread(() -> poll(first));
    slow.start();
    assertTrue(inside.await(20, TimeUnit.SECONDS));
    try (Epoll epoll = new Epoll()) {
      second.attach(new EpollWaiter(epoll));
      submit(second, 1);
      assertFalse(second.prepareWait(), "the holder may not have seen that it sleeps");
      mayLeave.countDown();
      slow.join(20_000);
      mayEnd = 1;
      assertEquals(1, poll(second), "its own thread works for it");
      second.detach();
    }
    first.close();
    second.close();
  }

  @Test
  void shouldCancelBelowOnlyWhenEveryQueueIsCancelled() throws Exception {
    BlockQueue first = owner.open(4);
    BlockQueue second = owner.open(4);
    submit(first, 1);
    submit(second, 2);
    first.cancel();
    assertEquals(0, cancels);
    second.cancel();
    assertEquals(1, cancels);
    assertEquals(1, poll(first));
    assertEquals(1, poll(second));
    first.close();
    second.close();
  }

  @Test
  void shouldGiveItsDescriptorsBack() throws Exception {
    owner.open(1).close();
    int before = Fd.openCount();
    for (int i = 0; i < 100; i++) {
      owner.open(1).close();
    }
    assertEquals(before, Fd.openCount());
  }
}
