package org.culebra.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.culebra.block.BlockDevice;

/**
 * A process that serves disks: its control thread, its queue agents, its disks. Thread-safe; the
 * methods that answer wait for the control thread, which takes milliseconds at most but for {@link
 * #stop} and {@link #swap}, which wait for requests to end.
 */
public final class Backend implements AutoCloseable {
  /** The status of a process in which something of ours went wrong. */
  public static final int STATUS_INTERNAL_ERROR = 70;

  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int SIGUSR1 = 10;
  private static final int SIGTERM = 15;

  private final Host host;
  private final Consumer<String> errors;
  private final Threads threads;
  private final ControlAgent control;
  private final Map<String, ServedDisk> disks = new LinkedHashMap<>();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final List<OperationLatency> ended = new ArrayList<>();
  private final List<OperationLatency> endedIntervals = new ArrayList<>();
  private int signalFd = -1;
  private int cancelled;
  private boolean failed;
  private boolean ending;

  private Backend(Host host, BackendOptions options) throws IOException {
    this.host = host;
    this.errors = new ErrorLog(options.errors(), host::nowNs)::record;
    this.threads = new Threads(host, options, errors, () -> exit.complete(STATUS_INTERNAL_ERROR));
    this.control = threads.control();
  }

  /**
   * Starts serving disks on this machine: all of them, or none.
   *
   * @param onUsr1 run, on the control thread, when SIGUSR1 comes; null leaves all signals alone
   * @throws IOException when a disk can't be opened or its socket can't be had
   */
  public static Backend start(BackendOptions options, List<DiskOptions> disks, Runnable onUsr1)
      throws IOException {
    DiskStack stack = new TargetStack(Threads.workers(), options.errors());
    return start(new LinuxHost(), options, disks, stack, onUsr1);
  }

  /** Starts serving disks on a given host, from given stacks. */
  static Backend start(
      Host host, BackendOptions options, List<DiskOptions> disks, DiskStack stack, Runnable onUsr1)
      throws IOException {
    Backend backend = new Backend(host, options);
    try {
      for (DiskOptions disk : disks) {
        backend.addDisk(disk, stack, options);
      }
      if (onUsr1 != null) {
        backend.handleSignals(onUsr1);
      }
      backend.threads.start();
      return backend;
    } catch (IOException | RuntimeException e) {
      backend.abandon();
      throw e;
    }
  }

  private void addDisk(DiskOptions options, DiskStack stack, BackendOptions backend)
      throws IOException {
    if (disks.containsKey(options.name())) {
      throw new IOException("disk " + options.name() + ": the name is taken");
    }
    try {
      BlockDevice device = stack.open(options);
      ServedDisk disk;
      try {
        if (!options.inactive()) {
          device.activate();
        }
        disk = new ServedDisk(options, device, control, threads.proxies(), backend, errors);
        disk.listen(this::onUnreachable);
      } catch (IOException | RuntimeException e) {
        device.close();
        throw e;
      }
      disks.put(options.name(), disk);
    } catch (IOException e) {
      throw new IOException("disk " + options.name() + ": " + e.getMessage(), e);
    }
  }

  private void handleSignals(Runnable onUsr1) throws IOException {
    signalFd = host.openSignals(SIGTERM, SIGINT, SIGHUP, SIGUSR1);
    control.watch(
        signalFd,
        () -> {
          for (int signal = host.takeSignal(signalFd);
              signal != 0;
              signal = host.takeSignal(signalFd)) {
            if (signal == SIGUSR1) {
              onUsr1.run();
            } else {
              endAll();
            }
          }
        });
  }

  /** Undoes what was set up before the threads run. */
  private void abandon() {
    for (ServedDisk disk : disks.values()) {
      disk.abandon();
    }
    threads.close();
  }

  /** Returns the disks and their state. */
  public List<DiskStatus> list() {
    return ask(() -> disks.values().stream().map(ServedDisk::status).toList());
  }

  /**
   * Returns latencies since the start.
   *
   * @param diskOrNull one disk, or all
   * @param perQueue by queue, or for all of a disk's queues together
   */
  public List<OperationLatency> latency(String diskOrNull, boolean perQueue) throws IOException {
    return askOrFail(
        () -> {
          List<OperationLatency> latencies = new ArrayList<>();
          for (ServedDisk disk : selected(diskOrNull)) {
            latencies.addAll(disk.latency().since(perQueue));
          }
          return latencies;
        });
  }

  /** Returns latencies since the last call of this method; those of disks stopped since, too. */
  public List<OperationLatency> latencyInterval() {
    return ask(
        () -> {
          List<OperationLatency> latencies = new ArrayList<>(endedIntervals);
          endedIntervals.clear();
          disks.values().forEach(disk -> latencies.addAll(disk.latency().interval()));
          return latencies;
        });
  }

  /**
   * Drains and stops one disk, or all of them.
   *
   * @throws IOException when there is no such disk, or its last bytes could not be written
   */
  public void stop(String diskOrNull) throws IOException {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    control.post(
        () -> {
          try {
            List<ServedDisk> stopping = selected(diskOrNull);
            Countdown closed = new Countdown(stopping.size(), () -> stopped.complete(null));
            stopping.forEach(disk -> close(disk, closed::done));
          } catch (UncheckedFailure e) {
            stopped.completeExceptionally(e);
          }
        });
    await(stopped);
  }

  /**
   * Puts another device under a disk while its guest runs.
   *
   * @param next active; becomes the disk's own, or stays the caller's on failure
   * @param transfer runs while no request is in flight, on a worker
   * @throws IOException when there is no such disk or the transfer failed; the old device stays
   */
  public void swap(String disk, BlockDevice next, SwapTransfer transfer) throws IOException {
    CompletableFuture<Void> swapped = new CompletableFuture<>();
    control.post(
        () -> {
          try {
            selected(disk)
                .getFirst()
                .swap(
                    next,
                    transfer,
                    failure -> {
                      if (failure == null) {
                        swapped.complete(null);
                      } else {
                        swapped.completeExceptionally(new UncheckedFailure(failure));
                      }
                    });
          } catch (UncheckedFailure e) {
            swapped.completeExceptionally(e);
          }
        });
    await(swapped);
  }

  /** Begins the end: every disk is drained and closed, then {@link #awaitEnd} returns. */
  public void requestStop() {
    control.post(this::endAll);
  }

  /**
   * Waits until everything is drained and closed.
   *
   * @return 0; 1 when requests had to be cancelled or something could not be written; {@link
   *     #STATUS_INTERNAL_ERROR}
   */
  public int awaitEnd() throws InterruptedException {
    try {
      return exit.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private void endAll() {
    if (ending) {
      return;
    }
    ending = true;
    List<ServedDisk> all = List.copyOf(disks.values());
    Countdown closed =
        new Countdown(all.size(), () -> exit.complete(cancelled > 0 || failed ? 1 : 0));
    all.forEach(disk -> close(disk, closed::done));
  }

  /** Nobody can attach to a disk any more; with the last such disk the process has no purpose. */
  private void onUnreachable(ServedDisk disk) {
    close(
        disk,
        () -> {
          if (disks.isEmpty()) {
            endAll();
          }
        });
  }

  private void close(ServedDisk disk, Runnable onClosed) {
    disk.close(
        failure -> {
          if (disks.remove(disk.options().name(), disk)) {
            account(disk, failure);
          }
          onClosed.run();
        });
  }

  /** Notes how a disk ended, once, whoever asked for it. */
  private void account(ServedDisk disk, IOException failure) {
    if (failure != null) {
      failed = true;
      errors.accept("disk " + disk.options().name() + ": " + failure.getMessage());
    }
    int count = disk.starter().cancelled();
    if (count > 0) {
      cancelled += count;
      errors.accept("disk " + disk.options().name() + ": " + count + " requests were cancelled");
    }
    ended.addAll(disk.latency().since(false));
    endedIntervals.addAll(disk.latency().interval());
  }

  /** Returns the latencies, since the start, of disks that were stopped. */
  public List<OperationLatency> endedLatency() {
    return ask(() -> List.copyOf(ended));
  }

  private List<ServedDisk> selected(String diskOrNull) {
    if (diskOrNull == null) {
      return List.copyOf(disks.values());
    }
    ServedDisk disk = disks.get(diskOrNull);
    if (disk == null) {
      throw new UncheckedFailure(new IOException("disk " + diskOrNull + ": no such disk"));
    }
    return List.of(disk);
  }

  private static final class UncheckedFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final IOException failure;

    UncheckedFailure(IOException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private <T> T ask(Supplier<T> question) {
    try {
      return askOrFail(question);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private <T> T askOrFail(Supplier<T> question) throws IOException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    control.post(
        () -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return await(answer);
  }

  private <T> T await(CompletableFuture<T> answer) throws IOException {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedFailure unchecked) {
        throw unchecked.failure;
      }
      throw e;
    }
  }

  /** Drains, if that wasn't done, and ends the threads. */
  @Override
  public void close() {
    if (!exit.isDone()) {
      requestStop();
      exit.join();
    }
    threads.close();
    if (signalFd >= 0) {
      host.closeSignals(signalFd);
    }
  }
}
