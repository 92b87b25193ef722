package org.culebra.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.culebra.block.BlockQueue;
import org.culebra.virtio.FeatureBits;

/**
 * Starts and stops a disk's vrings: opens their queues on workers, hands them to agents, drains
 * them within the bound. Confined to the control thread; each operation answers later.
 */
final class VringStarter {
  private final ServedDisk disk;
  private final ControlAgent control;
  private final List<QueueProxy> agents;
  private final long drainTimeoutNs;
  private final List<VringControl> started = new ArrayList<>();
  private int generation;
  private int cancelled;

  VringStarter(
      ServedDisk disk, ControlAgent control, List<QueueProxy> agents, long drainTimeoutNs) {
    this.disk = disk;
    this.control = control;
    this.agents = agents;
    this.drainTimeoutNs = drainTimeoutNs;
  }

  long drainTimeoutNs() {
    return drainTimeoutNs;
  }

  List<VringControl> started() {
    return started;
  }

  /** Returns how many requests had to be cancelled when vrings were stopped. */
  int cancelled() {
    return cancelled;
  }

  /** Starts a ring that is ready; answers with null, or with what is wrong. */
  void start(
      VringControl ring, GuestMemoryTable memory, long features, Consumer<String> onStarted) {
    RingAddresses addresses;
    try {
      addresses = ring.locate(memory, features);
    } catch (IllegalArgumentException e) {
      onStarted.accept(e.getMessage());
      return;
    }
    disk.activate(() -> openAndLaunch(ring, addresses, memory, features, onStarted), onStarted);
  }

  private void openAndLaunch(
      VringControl ring,
      RingAddresses addresses,
      GuestMemoryTable memory,
      long features,
      Consumer<String> onStarted) {
    DeviceQueues queues = disk.queues();
    QueueProxy agent = leastLoaded(queues.agentsMax());
    control.work(
        () -> queues.open(agent, ring.size),
        (queue, failure) -> {
          if (failure != null) {
            onStarted.accept(failure.getMessage());
            return;
          }
          launch(ring, agent, addresses, setup(ring, memory, features), queue);
          onStarted.accept(null);
        });
  }

  private VringSetup setup(VringControl ring, GuestMemoryTable memory, long features) {
    return new VringSetup(
        control.host(),
        disk.blk(),
        features,
        memory.memory(),
        ring.kickFd,
        ring.errFd,
        disk.latency().recorder(ring.index),
        disk.counters(ring.index),
        disk.errors());
  }

  private void launch(
      VringControl ring,
      QueueProxy agent,
      RingAddresses addresses,
      VringSetup setup,
      BlockQueue queue) {
    ring.agent = agent;
    ring.ending = false;
    ring.cancelled = false;
    ring.vring = new Vring(setup, addresses.open(ring.base), new Pipeline(queue, ++generation));
    started.add(ring);
    agent.start(ring.vring);
    agent.call(ring.vring, ring.callFd, () -> {});
    boolean enabled =
        ring.enabled
            || !FeatureBits.has(setup.features(), FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES);
    agent.enable(ring.vring, enabled, () -> {});
  }

  private QueueProxy leastLoaded(int agentsMax) {
    QueueProxy least = agents.getFirst();
    for (QueueProxy agent : agents.subList(0, Math.min(agents.size(), agentsMax))) {
      if (agent.vrings() < least.vrings()) {
        least = agent;
      }
    }
    return least;
  }

  /** Stops a ring within the drain bound; afterwards nothing of it touches guest memory. */
  void stop(VringControl ring, Runnable onStopped) {
    Vring vring = ring.vring;
    QueueProxy agent = ring.agent;
    ControlAgent.Deadline deadline =
        control.after(
            drainTimeoutNs,
            () -> {
              disk.errors()
                  .accept(
                      "queue "
                          + ring.index
                          + ": requests in flight after "
                          + drainTimeoutNs / 1_000_000_000.0
                          + " s: cancelled");
              cancelAll();
            });
    agent.hold(
        vring,
        () -> {
          deadline.cancel();
          ring.ending = true;
          agent.end(
              vring,
              () -> {
                cancelled += vring.cancelled();
                ring.base = vring.virtqueue().lastAvailIdx();
                ring.vring = null;
                ring.agent = null;
                started.remove(ring);
                closeQueue(disk.queues(), vring.pipeline().queue(), onStopped);
              });
        });
  }

  /**
   * Cancels the requests of all the disk's vrings: what one of them waits for, a server or a disk
   * that doesn't answer, they all wait for, and a connection can't be cancelled by half.
   */
  private void cancelAll() {
    for (VringControl ring : started) {
      if (!ring.ending) {
        ring.cancelled = true;
        ring.agent.cancel(ring.vring);
      }
    }
  }

  void closeQueue(DeviceQueues queues, BlockQueue queue, Runnable onClosed) {
    control.work(
        () -> {
          queues.close(queue);
          return null;
        },
        (nothing, failure) -> onClosed.run());
  }

  Pipeline nextPipeline(BlockQueue queue) {
    return new Pipeline(queue, ++generation);
  }
}
