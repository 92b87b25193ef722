package org.culebra.backend;

import java.io.IOException;
import java.util.Arrays;
import org.agrona.concurrent.Agent;
import org.culebra.block.Waiter;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * A data-plane thread: serves the vrings it was given, one after another, for ever.
 *
 * <p>Everything it owns is touched by its thread alone. The control plane speaks to it through its
 * {@link QueueProxy}: a command is taken at the top of a cycle, so that it sees every vring between
 * two batches.
 */
final class QueueAgent implements Agent {
  private static final int COMMANDS_PER_CHUNK = 64;
  private static final int COMMANDS_PER_CYCLE_MAX = 16;

  private final String name;
  private final int cpu;
  private final Host host;
  private final Poller poller;
  private final int doorbellFd;
  private final MpscUnboundedVarHandleArrayQueue<Runnable> commands =
      new MpscUnboundedVarHandleArrayQueue<>(COMMANDS_PER_CHUNK);
  private final MessagePassingQueue.Consumer<Runnable> runner = Runnable::run;

  private Vring[] vrings = new Vring[0];

  /** Whether the thread sleeps or is about to: written here, read by who posts a command. */
  private volatile boolean asleep;

  QueueAgent(String name, int cpu, Host host) throws IOException {
    this.name = name;
    this.cpu = cpu;
    this.host = host;
    this.poller = host.openPoller();
    this.doorbellFd = host.openDoorbell();
    poller.watch(doorbellFd, Waiter.READABLE);
  }

  @Override
  public void onStart() {
    if (cpu >= 0) {
      try {
        host.pin(cpu);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public int doWork() {
    int work = commands.isEmpty() ? 0 : commands.drain(runner, COMMANDS_PER_CYCLE_MAX);
    final Vring[] vrings = this.vrings;
    for (Vring vring : vrings) {
      work += vring.poll();
    }
    return work;
  }

  /**
   * Sleeps until a kick, a storage socket or a command wakes it; returns at once when one of them
   * has something already.
   */
  void sleep() {
    final Vring[] vrings = this.vrings;
    asleep = true;
    // Pairs with post(): either the poster sees asleep, or we see its command.
    boolean quiet = commands.isEmpty();
    int prepared = 0;
    while (quiet && prepared < vrings.length) {
      quiet = vrings[prepared++].prepareWait();
    }
    int ready = quiet ? poller.await(-1) : 0;
    asleep = false;
    for (int i = 0; i < ready; i++) {
      if (poller.fd(i) == doorbellFd) {
        host.silence(doorbellFd);
      }
    }
    for (int i = 0; i < prepared; i++) {
      vrings[i].endWait(isReady(vrings[i].kickFd(), ready));
    }
  }

  private boolean isReady(int fd, int ready) {
    for (int i = 0; i < ready; i++) {
      if (poller.fd(i) == fd) {
        return true;
      }
    }
    return false;
  }

  /** Hands a command to the agent's thread; any thread. */
  void post(Runnable command) {
    commands.relaxedOffer(command);
    // Pairs with sleep(): the volatile store of asleep and this load are ordered with the queue.
    java.lang.invoke.VarHandle.fullFence();
    if (asleep) {
      host.ring(doorbellFd);
    }
  }

  void onStartVring(Vring vring) {
    vring.pipeline().queue().attach(poller);
    vrings = Arrays.copyOf(vrings, vrings.length + 1);
    vrings[vrings.length - 1] = vring;
  }

  void onEndVring(Vring vring) {
    assert vring.inflight() == 0;
    vring.onEnabled(false, poller);
    vring.pipeline().queue().detach();
    Vring[] left = new Vring[vrings.length - 1];
    int count = 0;
    for (Vring other : vrings) {
      if (other != vring) {
        left[count++] = other;
      }
    }
    vrings = left;
  }

  Poller poller() {
    return poller;
  }

  @Override
  public void onClose() {
    poller.close();
    host.close(doorbellFd);
  }

  @Override
  public String roleName() {
    return name;
  }
}
