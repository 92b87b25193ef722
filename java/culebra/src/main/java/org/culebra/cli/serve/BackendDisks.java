package org.culebra.cli.serve;

import java.io.IOException;
import java.util.List;
import org.culebra.backend.Backend;
import org.culebra.backend.DiskStatus;
import org.culebra.backend.OperationLatency;
import org.culebra.cli.control.ServedDisks;

/**
 * The back-end as the control socket sees it.
 *
 * @param backend a running one
 */
record BackendDisks(Backend backend) implements ServedDisks {
  @Override
  public List<DiskStatus> list() {
    return backend.list();
  }

  @Override
  public List<OperationLatency> latency(String diskOrNull, boolean perQueue)
      throws IOException {
    return backend.latency(diskOrNull, perQueue);
  }

  @Override
  public void stop(String disk) throws IOException {
    backend.stop(disk);
  }

  @Override
  public void requestStop() {
    backend.requestStop();
  }
}
