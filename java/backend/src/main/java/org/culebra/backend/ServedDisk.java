package org.culebra.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.culebra.block.BlockDevice;
import org.culebra.linux.Errno;

/**
 * One disk: its stack of devices, its socket, the front-end that is attached, and the vrings that
 * are started. Confined to the control thread.
 *
 * <p>One front-end is served at a time. The next one is accepted when every request of the one
 * before has ended, so that no old write can come after a new one.
 */
final class ServedDisk {
  /** What a device has at least, after the drain, to write what it holds and let go. */
  private static final long CLOSE_TIMEOUT_NS_MIN = 1_000_000_000L;

  /** How long to wait with the next connection when none can be had, for lack of descriptors. */
  private static final long ACCEPT_PAUSE_NS = 1_000_000_000L;

  private final DiskOptions options;
  private final ControlAgent control;
  private final Host host;
  private final Consumer<String> errors;
  private final VringStarter starter;
  private final DiskLatency latency;
  private final Map<Integer, QueueCounters> counters = new TreeMap<>();
  private final Sequencer sequencer = new Sequencer();

  /** What the driver may toggle by SET_CONFIG (virtio 1.3 §5.2.5.2). */
  private final AtomicBoolean writeback = new AtomicBoolean(true);

  private DeviceQueues queues;
  private VirtioBlkDevice blk;
  private int listenFd = -1;
  private Connection connection;
  private Consumer<ServedDisk> onUnreachable;
  private final long closeTimeoutNs;
  private final List<Consumer<IOException>> onClosed = new ArrayList<>();
  private ControlAgent.Deadline closeDeadline;
  private boolean closing;
  private boolean closed;

  ServedDisk(
      DiskOptions options,
      BlockDevice device,
      ControlAgent control,
      List<QueueProxy> agents,
      BackendOptions backend,
      Consumer<String> errors) {
    this.options = options;
    this.queues = new DeviceQueues(device);
    this.control = control;
    this.host = control.host();
    this.errors = line -> errors.accept("disk " + options.name() + ": " + line);
    this.latency = new DiskLatency(options.name());
    this.blk = virtioDevice();
    this.closeTimeoutNs =
        backend.drainTimeoutNs() + Math.max(backend.drainTimeoutNs(), CLOSE_TIMEOUT_NS_MIN);
    this.starter = new VringStarter(this, control, agents, backend.drainTimeoutNs());
  }

  private VirtioBlkDevice virtioDevice() {
    return new VirtioBlkDevice(device(), options, writeback);
  }

  /**
   * Makes it reachable; before the control thread runs.
   *
   * @param onUnreachable gets this disk when the front-end on an inherited connection is gone
   */
  void listen(Consumer<ServedDisk> onUnreachable) throws IOException {
    this.onUnreachable = onUnreachable;
    if (options.socket() != null) {
      listenFd = host.listen(options.socket());
    } else if (host.isListening(options.fd())) {
      host.setNonBlocking(options.fd());
      listenFd = options.fd();
    } else {
      host.setNonBlocking(options.fd());
      control.post(() -> connect(options.fd()));
      return;
    }
    control.watch(listenFd, this::onAcceptable);
  }

  private void onAcceptable() {
    int fd = host.accept(listenFd);
    if (fd >= 0) {
      connect(fd);
    } else if (fd != -Errno.EAGAIN) {
      errors.accept("accept: " + Errno.name(-fd));
      control.unwatch(listenFd);
      control.after(ACCEPT_PAUSE_NS, this::listenAgain);
    }
  }

  private void listenAgain() {
    if (listenFd >= 0 && connection == null) {
      control.watch(listenFd, this::onAcceptable);
    }
  }

  private void connect(int fd) {
    if (listenFd >= 0) {
      control.unwatch(listenFd);
    }
    connection = new Connection(fd, this, control);
  }

  /** The front-end is gone and nothing of it is left. */
  void onDisconnected() {
    connection = null;
    if (closing) {
      return;
    }
    if (listenFd >= 0) {
      listenAgain();
    } else {
      errors.accept("the front-end on fd " + options.fd() + " is gone and nothing listens");
      onUnreachable.accept(this);
    }
  }

  /** Activates the device, on a worker, unless it is active. */
  void activate(Runnable onActive, Consumer<String> onFailure) {
    if (device().isActive()) {
      onActive.run();
      return;
    }
    BlockDevice activated = device();
    control.work(
        () -> {
          activated.activate();
          return null;
        },
        (nothing, failure) -> {
          if (failure != null) {
            onFailure.accept(failure.getMessage());
          } else {
            blk = virtioDevice();
            onActive.run();
          }
        });
  }

  /**
   * Ends the front-end's session, then deactivates and closes the device. A device that doesn't
   * close within the bound, for its server doesn't answer, is left to itself.
   *
   * @param onClosed gets null, or what went wrong; several callers get the same
   */
  void close(Consumer<IOException> onClosed) {
    this.onClosed.add(onClosed);
    if (closing) {
      return;
    }
    closing = true;
    closeDeadline = control.after(closeTimeoutNs, this::onCloseTimeout);
    if (listenFd >= 0) {
      control.unwatch(listenFd);
      host.close(listenFd);
      listenFd = -1;
      if (options.socket() != null) {
        host.unlink(options.socket());
      }
    }
    if (connection == null) {
      sequencer.enqueue(this::closeDevice);
    } else {
      connection.close(() -> sequencer.enqueue(this::closeDevice));
    }
  }

  private void closeDevice(Runnable finished) {
    BlockDevice closing = device();
    control.work(
        () -> {
          closing.close();
          return null;
        },
        (nothing, failure) -> {
          finished.run();
          onClosed(failure);
        });
  }

  private void onCloseTimeout() {
    onClosed(
        new IOException(
            "not closed within " + closeTimeoutNs / 1e9 + " s: what it held may not be written"));
  }

  private void onClosed(IOException failure) {
    if (!closed) {
      closed = true;
      closeDeadline.cancel();
      onClosed.forEach(each -> each.accept(failure));
    }
  }

  /** Undoes {@link #listen} and the opening of the device, before any thread runs. */
  void abandon() {
    if (listenFd >= 0) {
      host.close(listenFd);
      if (options.socket() != null) {
        host.unlink(options.socket());
      }
    }
    try {
      device().close();
    } catch (IOException e) {
      errors.accept(e.getMessage());
    }
  }

  /** Puts another device in this one's place; see {@link PipelineSwap}. */
  void swap(BlockDevice next, SwapTransfer transfer, Consumer<IOException> onSwapped) {
    if (closing) {
      onSwapped.accept(isBeingStopped());
    } else {
      sequencer.enqueue(finished -> swapInTurn(next, transfer, onSwapped, finished));
    }
  }

  private void swapInTurn(
      BlockDevice next, SwapTransfer transfer, Consumer<IOException> onSwapped, Runnable finished) {
    Consumer<IOException> done =
        failure -> {
          finished.run();
          onSwapped.accept(failure);
        };
    if (closing) {
      done.accept(isBeingStopped());
    } else {
      new PipelineSwap(this, control, starter).run(next, transfer, done);
    }
  }

  private IOException isBeingStopped() {
    return new IOException("disk " + options.name() + ": is being stopped");
  }

  void adopt(DeviceQueues next) {
    queues = next;
    blk = virtioDevice();
  }

  DiskStatus status() {
    return new DiskStatus(
        options.name(),
        options.socket() != null ? options.socket().toString() : "fd=" + options.fd(),
        device().name(),
        blk.capacitySectors() << VirtioBlkDevice.SECTOR_SHIFT,
        blk.readOnly(),
        device().isActive(),
        connection != null,
        starter.started().size(),
        sum(QueueCounters::requests),
        sum(QueueCounters::failures),
        sum(QueueCounters::guestErrors),
        sum(QueueCounters::calls));
  }

  private long sum(ToLongFunction<QueueCounters> counter) {
    return counters.values().stream().mapToLong(counter).sum();
  }

  QueueCounters counters(int queue) {
    return counters.computeIfAbsent(queue, key -> new QueueCounters());
  }

  DiskOptions options() {
    return options;
  }

  BlockDevice device() {
    return queues.device();
  }

  DeviceQueues queues() {
    return queues;
  }

  VirtioBlkDevice blk() {
    return blk;
  }

  DiskLatency latency() {
    return latency;
  }

  void writeback(boolean on) {
    writeback.set(on);
  }

  Sequencer sequencer() {
    return sequencer;
  }

  VringStarter starter() {
    return starter;
  }

  Consumer<String> errors() {
    return errors;
  }
}
