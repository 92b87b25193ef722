package org.culebra.cli.storage;

import java.io.IOException;
import org.culebra.linux.Epoll;
import org.culebra.linux.Signals;

/** Calls a task when SIGTERM, SIGINT or SIGHUP comes; waits in a thread of its own. */
final class StopSignals implements AutoCloseable {
  private static final long CHECK_NS = 200_000_000L;

  private final int fd;
  private final Epoll epoll;
  private final Thread thread;
  private volatile boolean closing;

  private StopSignals(Runnable onSignal) throws IOException {
    fd = Signals.open(Signals.SIGTERM, Signals.SIGINT, Signals.SIGHUP);
    epoll = new Epoll();
    epoll.add(fd, Epoll.IN);
    thread = Thread.ofPlatform().daemon().name("culebra-signals").unstarted(() -> watch(onSignal));
  }

  /**
   * Begins to catch the signals.
   *
   * @param onSignal run on a thread of this class, once for each signal
   */
  static StopSignals watching(Runnable onSignal) throws IOException {
    StopSignals signals = new StopSignals(onSignal);
    signals.thread.start();
    return signals;
  }

  private void watch(Runnable onSignal) {
    while (!closing) {
      if (epoll.await(CHECK_NS) > 0 && Signals.take(fd) != 0) {
        onSignal.run();
      }
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    epoll.close();
    Signals.close(fd);
  }
}
