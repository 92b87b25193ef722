package org.culebra.storage.node;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockQueue;
import org.culebra.block.ForwardingDevice;
import org.culebra.block.RequestBatch;

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
    return new Recording(super.openQueue(depth));
  }

  private final class Recording extends ForwardingDevice.Queue {
    Recording(BlockQueue queue) {
      super(queue);
    }

    @Override
    public void submit(RequestBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        seen.add(batch.get(i).operation() + " " + batch.get(i).flags());
      }
      super.submit(batch);
    }
  }
}
