package org.culebra.backend;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;

/**
 * Opens the queues of one device for the vrings of a disk: one for each vring, or where the device
 * has few, one for each agent, shared. Thread-safe; opening blocks.
 */
final class DeviceQueues {
  private final BlockDevice device;
  private final Map<QueueProxy, SharedQueue> shared = new HashMap<>();

  DeviceQueues(BlockDevice device) {
    this.device = device;
  }

  BlockDevice device() {
    return device;
  }

  /** Returns how many agents the device's queues can be spread over. */
  int agentsMax() {
    return device.capabilities().queuesMax();
  }

  /** Opens a queue, or a share of one, for a vring of an agent. */
  synchronized BlockQueue open(QueueProxy agent, int depth) throws IOException {
    if (device.capabilities().queuesMax() == Capabilities.QUEUES_UNLIMITED) {
      return device.openQueue(depth);
    }
    SharedQueue queue = shared.get(agent);
    if (queue == null || queue.isClosed()) {
      queue = new SharedQueue(device.openQueue(SharedQueue.DEPTH));
      shared.put(agent, queue);
    }
    return queue.share(depth);
  }

  /** Closes a queue that {@link #open} returned; its vring has let go of it. */
  synchronized void close(BlockQueue queue) {
    queue.close();
  }
}
