package org.culebra.cli.control;

import java.io.IOException;
import java.util.List;
import org.culebra.backend.DiskStatus;
import org.culebra.backend.OperationLatency;

/** What the control socket governs; every method may be called from any thread. */
public interface ServedDisks {
  /** Returns the disks as they are now. */
  List<DiskStatus> list();

  /**
   * Returns the latencies since the start.
   *
   * @param diskOrNull one disk, or all of them
   * @param perQueue whether each queue has entries of its own
   * @throws IOException when there is no such disk
   */
  List<OperationLatency> latency(String diskOrNull, boolean perQueue)
      throws IOException;

  /**
   * Drains and stops one disk; blocks until it has.
   *
   * @throws IOException when there is no such disk
   */
  void stop(String disk) throws IOException;

  /** Begins the end of the process; returns at once. */
  void requestStop();
}
