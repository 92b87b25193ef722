package org.culebra.backend;

import java.util.function.Consumer;
import org.culebra.guest.GuestMemory;

/**
 * A {@link QueueAgent} as the control plane sees it: each call is a command that the agent's thread
 * carries out between two cycles. Confined to the control thread; what is passed as an answer is
 * called on the control thread.
 */
final class QueueProxy {
  private final QueueAgent agent;
  private final Consumer<Runnable> control;
  private int vrings;

  /**
   * Makes one.
   *
   * @param control runs something on the control thread; called from the agent's thread
   */
  QueueProxy(QueueAgent agent, Consumer<Runnable> control) {
    this.agent = agent;
    this.control = control;
  }

  /** Returns how many vrings the agent has, to spread them. */
  int vrings() {
    return vrings;
  }

  void start(Vring vring) {
    vrings++;
    agent.post(() -> agent.onStartVring(vring));
  }

  /** Stops fetching; answers when nothing is in flight. */
  void hold(Vring vring, Runnable onHeld) {
    agent.post(() -> vring.onHold(() -> control.accept(onHeld)));
  }

  /** Fetches again, although requests are still in flight; a hold that wasn't answered isn't. */
  void release(Vring vring, Runnable onReleased) {
    agent.post(
        () -> {
          vring.onRelease();
          control.accept(onReleased);
        });
  }

  void resume(Vring vring, Pipeline next, Runnable onResumed) {
    agent.post(
        () -> {
          vring.onResume(next, agent.poller());
          control.accept(onResumed);
        });
  }

  /** Lets go of a held vring for good. */
  void end(Vring vring, Runnable onEnded) {
    vrings--;
    agent.post(
        () -> {
          agent.onEndVring(vring);
          control.accept(onEnded);
        });
  }

  void cancel(Vring vring) {
    agent.post(vring::onCancel);
  }

  void enable(Vring vring, boolean enabled, Runnable onDone) {
    agent.post(
        () -> {
          vring.onEnabled(enabled, agent.poller());
          control.accept(onDone);
        });
  }

  void call(Vring vring, int fd, Runnable onDone) {
    agent.post(
        () -> {
          vring.onCall(fd);
          control.accept(onDone);
        });
  }

  void kick(Vring vring, int fd, Runnable onDone) {
    agent.post(
        () -> {
          vring.onKick(fd, agent.poller());
          control.accept(onDone);
        });
  }

  void err(Vring vring, int fd, Runnable onDone) {
    agent.post(
        () -> {
          vring.onErr(fd);
          control.accept(onDone);
        });
  }

  /**
   * Gives a vring another memory and its ring's place in it.
   *
   * @param onAdopted called when requests fetched from then on find it
   * @param onReleased called when no request in flight touches the old memory any more
   */
  void memory(
      Vring vring,
      GuestMemory memory,
      RingAddresses ring,
      Runnable onAdopted,
      Runnable onReleased) {
    agent.post(
        () -> {
          vring.onMemory(memory, ring, () -> control.accept(onReleased));
          control.accept(onAdopted);
        });
  }

  /** Moves a ring within the memory it has. */
  void move(Vring vring, RingAddresses ring, Runnable onDone) {
    agent.post(
        () -> {
          vring.onMove(ring);
          control.accept(onDone);
        });
  }
}
