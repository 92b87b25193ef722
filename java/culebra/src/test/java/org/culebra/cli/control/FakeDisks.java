package org.culebra.cli.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.HdrHistogram.Histogram;
import org.culebra.backend.DiskStatus;
import org.culebra.backend.OperationLatency;

/** Two disks that are not there. */
final class FakeDisks implements ServedDisks {
  final List<String> stopped = new ArrayList<>();
  final CountDownLatch endRequested = new CountDownLatch(1);

  /** What {@link #stop} waits for. */
  CountDownLatch drained = new CountDownLatch(0);

  @Override
  public List<DiskStatus> list() {
    return List.of(
        new DiskStatus(
            "d0", "/tmp/a.sock", "qcow2 /a", 1L << 30, false, true, true, 2, 77, 0, 0, 5),
        new DiskStatus("d1", "fd=3", "raw /b", 512, true, false, false, 0, 0, 0, 0, 0));
  }

  @Override
  public List<OperationLatency> latency(String diskOrNull, boolean perQueue) {
    Histogram histogram = new Histogram(100, 100_000_000_000L, 2);
    histogram.recordValue(5000);
    return List.of(new OperationLatency("d0", perQueue ? 1 : -1, "read", histogram));
  }

  @Override
  public synchronized void stop(String disk) throws IOException {
    if (!disk.startsWith("d")) {
      throw new IOException("disk " + disk + ": no such disk");
    }
    try {
      drained.await();
    } catch (InterruptedException interrupted) {
      throw new IOException("interrupted");
    }
    stopped.add(disk);
  }

  @Override
  public void requestStop() {
    endRequested.countDown();
  }
}
