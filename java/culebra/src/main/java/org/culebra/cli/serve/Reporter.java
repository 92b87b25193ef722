package org.culebra.cli.serve;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.culebra.backend.Backend;
import org.culebra.backend.OperationLatency;
import org.culebra.cli.control.DiskCommands;
import org.culebra.cli.text.HdrLog;
import org.culebra.cli.text.LatencySummary;
import org.culebra.cli.text.LatencyTable;

/**
 * A thread that shows latencies: the table when it is asked for, the log each second. So that no
 * thread of the back-end ever waits for a terminal or a file.
 */
final class Reporter {
  private static final long INTERVAL_MS = 1000;

  private final PrintWriter out;
  private final PrintWriter err;
  private final HdrLog logOrNull;
  private Backend backend;
  private Thread thread;
  private boolean tableRequested;
  private boolean ending;

  Reporter(PrintWriter out, PrintWriter err, HdrLog logOrNull) {
    this.out = out;
    this.err = err;
    this.logOrNull = logOrNull;
  }

  /** Begins to report on a back-end. */
  void start(Backend running) {
    backend = running;
    thread = Thread.ofPlatform().daemon().name("culebra-report").start(this::run);
  }

  /** Asks for the table; returns at once. */
  synchronized void requestTable() {
    tableRequested = true;
    notifyAll();
  }

  /** Shows the last table and ends the log. */
  void end() throws InterruptedException {
    synchronized (this) {
      ending = true;
      tableRequested = true;
      notifyAll();
    }
    thread.join();
  }

  private void run() {
    boolean logging = logOrNull != null;
    boolean last = false;
    long nextMs = System.currentTimeMillis() + INTERVAL_MS;
    while (!last) {
      boolean table = false;
      try {
        synchronized (this) {
          long nowMs = System.currentTimeMillis();
          if (!tableRequested && !ending && (!logging || nowMs < nextMs)) {
            wait(logging ? nextMs - nowMs : 0);
          }
          table = tableRequested;
          tableRequested = false;
          last = ending;
        }
      } catch (InterruptedException interrupted) {
        last = true;
      }
      if (logging && (last || System.currentTimeMillis() >= nextMs)) {
        logging = log();
        nextMs += INTERVAL_MS;
      }
      if (table) {
        printTable();
      }
    }
  }

  private List<LatencySummary> summaries() throws IOException {
    List<OperationLatency> latencies = new ArrayList<>(backend.endedLatency());
    latencies.addAll(backend.latency(null, false));
    return DiskCommands.summaries(latencies);
  }

  private void printTable() {
    try {
      out.print(LatencyTable.text(summaries()));
      out.flush();
    } catch (IOException failed) {
      err.println("culebra: " + failed.getMessage());
    }
  }

  /** Writes an interval; returns whether it is worth another try. */
  private boolean log() {
    List<OperationLatency> latencies = backend.latencyInterval();
    long nowMs = System.currentTimeMillis();
    for (OperationLatency latency : latencies) {
      logOrNull.write(latency.disk() + "." + latency.operation(), latency.histogram(), nowMs);
    }
    try {
      logOrNull.endInterval(nowMs);
      return true;
    } catch (IOException failed) {
      err.println("culebra: hdr-log " + failed.getMessage());
      return false;
    }
  }
}
