package org.culebra.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;

/**
 * Puts another device under a disk's running vrings. Every vring stops fetching and lets its
 * requests end; when all have, the transfer runs; then each adopts its new pipeline and fetches
 * again. The guest sees a pause, as long as the drain bound at most. When anything fails, the
 * vrings go on with the device they had.
 *
 * <p>Confined to the control thread.
 */
final class PipelineSwap {
  private final ServedDisk disk;
  private final ControlAgent control;
  private final VringStarter starter;
  private final List<VringControl> rings;
  private ControlAgent.Deadline holdDeadline;
  private boolean givenUp;

  PipelineSwap(ServedDisk disk, ControlAgent control, VringStarter starter) {
    this.disk = disk;
    this.control = control;
    this.starter = starter;
    this.rings = List.copyOf(starter.started());
  }

  /**
   * Runs it.
   *
   * @param next active; becomes the disk's own, or stays the caller's on failure
   * @param onDone gets null, or why the old device stayed
   */
  void run(BlockDevice next, SwapTransfer transfer, Consumer<IOException> onDone) {
    long capacityBytes = disk.device().capacityBytes();
    if (next.capacityBytes() < capacityBytes) {
      onDone.accept(
          new IOException(
              next.name()
                  + ": "
                  + next.capacityBytes()
                  + " bytes: must be at least the "
                  + capacityBytes
                  + " that the guest sees"));
      return;
    }
    DeviceQueues nextQueues = new DeviceQueues(next);
    control.work(
        () -> openQueues(nextQueues),
        (queues, failure) -> {
          if (failure != null) {
            onDone.accept(failure);
          } else {
            holdAll(
                () -> transfer(nextQueues, transfer, queues, onDone),
                late -> closeQueues(nextQueues, queues, () -> onDone.accept(late)));
          }
        });
  }

  private List<BlockQueue> openQueues(DeviceQueues next) throws IOException {
    List<BlockQueue> queues = new ArrayList<>();
    try {
      for (VringControl ring : rings) {
        queues.add(next.open(ring.agent, ring.size));
      }
    } catch (IOException e) {
      queues.forEach(next::close);
      throw e;
    }
    return queues;
  }

  private void holdAll(Runnable onHeld, Consumer<IOException> onLate) {
    holdDeadline = control.after(starter.drainTimeoutNs(), () -> giveUp(onLate));
    Countdown held = new Countdown(rings.size(), () -> onAllHeld(onHeld));
    for (VringControl ring : rings) {
      ring.agent.hold(ring.vring, held::done);
    }
  }

  private void onAllHeld(Runnable onHeld) {
    if (!givenUp) {
      holdDeadline.cancel();
      onHeld.run();
    }
  }

  private void giveUp(Consumer<IOException> onLate) {
    givenUp = true;
    IOException late =
        new IOException(
            "requests in flight after "
                + starter.drainTimeoutNs() / 1e9
                + " s: the old device stays");
    Countdown released = new Countdown(rings.size(), () -> onLate.accept(late));
    for (VringControl ring : rings) {
      ring.agent.release(ring.vring, released::done);
    }
  }

  private void transfer(
      DeviceQueues next,
      SwapTransfer transfer,
      List<BlockQueue> queues,
      Consumer<IOException> onDone) {
    DeviceQueues old = disk.queues();
    control.work(
        () -> {
          transfer.run(old.device(), next.device());
          return null;
        },
        (nothing, failure) -> {
          if (failure != null) {
            resumeAll(null, () -> closeQueues(next, queues, () -> onDone.accept(failure)));
            return;
          }
          List<BlockQueue> oldQueues = new ArrayList<>();
          rings.forEach(ring -> oldQueues.add(ring.vring.pipeline().queue()));
          disk.adopt(next);
          resumeAll(queues, () -> closeQueues(old, oldQueues, () -> close(old.device(), onDone)));
        });
  }

  private void resumeAll(List<BlockQueue> queues, Runnable onResumed) {
    Countdown resumed = new Countdown(rings.size(), onResumed);
    for (int i = 0; i < rings.size(); i++) {
      VringControl ring = rings.get(i);
      Pipeline next = queues == null ? null : starter.nextPipeline(queues.get(i));
      ring.agent.resume(ring.vring, next, resumed::done);
    }
  }

  private void closeQueues(DeviceQueues of, List<BlockQueue> queues, Runnable onClosed) {
    Countdown closed = new Countdown(queues.size(), onClosed);
    queues.forEach(queue -> starter.closeQueue(of, queue, closed::done));
  }

  private void close(BlockDevice old, Consumer<IOException> onDone) {
    control.work(
        () -> {
          old.close();
          return null;
        },
        (nothing, failure) -> onDone.accept(failure));
  }
}
