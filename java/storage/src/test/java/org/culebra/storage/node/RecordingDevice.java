package org.culebra.storage.node;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.CompletionBatch;
import org.culebra.block.RequestBatch;
import org.culebra.block.Waiter;
import org.culebra.storage.ForwardingDevice;

/** Notes operation and flags of each request on its way to another device. */
final class RecordingDevice extends ForwardingDevice {
  private final List<String> seen = new CopyOnWriteArrayList<>();

  RecordingDevice(BlockDevice device) {
    super(device);
  }

  List<String> seen() {
    return seen;
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    return new Queue(super.openQueue(depth));
  }

  private final class Queue implements BlockQueue {
    private final BlockQueue queue;

    Queue(BlockQueue queue) {
      this.queue = queue;
    }

    @Override
    public void submit(RequestBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        seen.add(batch.get(i).operation() + " " + batch.get(i).flags());
      }
      queue.submit(batch);
    }

    @Override
    public void dispatch() {
      queue.dispatch();
    }

    @Override
    public int poll(CompletionBatch completions) {
      return queue.poll(completions);
    }

    @Override
    public int inflight() {
      return queue.inflight();
    }

    @Override
    public boolean prepareWait() {
      return queue.prepareWait();
    }

    @Override
    public void attach(Waiter waiter) {
      queue.attach(waiter);
    }

    @Override
    public void detach() {
      queue.detach();
    }

    @Override
    public void cancel() {
      queue.cancel();
    }

    @Override
    public void close() {
      queue.close();
    }
  }
}
