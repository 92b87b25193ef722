package org.culebra.backend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.culebra.linux.FdList;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.VringAddress;
import org.culebra.vhostuser.VringState;

/**
 * The requests that set up, start and stop vrings (vhost-user: Starting and stopping rings).
 * Confined to the control thread.
 */
final class VringRequests {
  private static final int SPLIT_INDEX_MAX = 0xffff;

  private final FrontEndRequests requests;
  private final Connection connection;
  private final ServedDisk disk;
  private final ControlAgent control;
  private final Map<Integer, VringControl> rings = new TreeMap<>();

  VringRequests(
      FrontEndRequests requests, Connection connection, ServedDisk disk, ControlAgent control) {
    this.requests = requests;
    this.connection = connection;
    this.disk = disk;
    this.control = control;
  }

  void carryOut(Message message, FdList fds) {
    int index = index(message);
    if (index < 0 || index >= disk.options().queues()) {
      connection.refuse(
          message.name()
              + " of vring "
              + index
              + ": there are "
              + disk.options().queues()
              + " queues");
      return;
    }
    if (fds.count() > 0 && !control.host().isEventFd(fds.get(0))) {
      connection.refuse(message.name() + " of vring " + index + ": fd: must be an eventfd");
      return;
    }
    VringControl ring = rings.computeIfAbsent(index, VringControl::new);
    int fd = fds.count() > 0 ? fds.take(0) : -1;
    disk.sequencer().enqueue(finished -> carryOut(message, ring, fd, finished));
  }

  private static int index(Message message) {
    return switch (message.type()) {
      case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> message.vringFdIndex();
      case SET_VRING_ADDR -> message.vringAddress().index();
      default -> message.vringState().index();
    };
  }

  private void carryOut(Message message, VringControl ring, int fd, Runnable finished) {
    switch (message.type()) {
      case SET_VRING_NUM -> setSize(ring, message.vringState().num());
      case SET_VRING_BASE -> setBase(ring, message.vringState().num());
      case SET_VRING_ADDR -> {
        move(ring, message.vringAddress(), finished);
        return;
      }
      case SET_VRING_KICK -> {
        kick(ring, fd, finished);
        return;
      }
      case SET_VRING_CALL -> {
        call(ring, fd, finished);
        return;
      }
      case SET_VRING_ERR -> {
        err(ring, fd, finished);
        return;
      }
      case SET_VRING_ENABLE -> {
        enable(ring, message.vringState().num() != 0, finished);
        return;
      }
      default -> {
        getBase(ring, finished);
        return;
      }
    }
    finished.run();
  }

  private void finish(Runnable finished) {
    finished.run();
    connection.done();
  }

  private void setSize(VringControl ring, int size) {
    if (ring.isStarted()) {
      connection.refuse("SET_VRING_NUM of vring " + ring.index + ": it is started");
    } else if (size < 1 || Integer.bitCount(size) != 1 || size > disk.options().queueSize()) {
      connection.refuse(
          "SET_VRING_NUM of vring "
              + ring.index
              + ": "
              + size
              + ": a power of two to "
              + disk.options().queueSize());
    } else {
      ring.size = size;
      connection.done();
    }
  }

  private void setBase(VringControl ring, int base) {
    if (ring.isStarted()) {
      connection.refuse("SET_VRING_BASE of vring " + ring.index + ": it is started");
    } else if (base < 0 || base > SPLIT_INDEX_MAX) {
      connection.refuse(
          "SET_VRING_BASE of vring " + ring.index + ": " + base + ": 0 to " + SPLIT_INDEX_MAX);
    } else {
      ring.base = base;
      connection.done();
    }
  }

  private void move(VringControl ring, VringAddress address, Runnable finished) {
    VringAddress old = ring.address;
    ring.address = address;
    if (!ring.isStarted()) {
      finish(finished);
      return;
    }
    try {
      RingAddresses addresses = ring.locate(requests.memory(), requests.features());
      ring.agent.move(ring.vring, addresses, () -> finish(finished));
    } catch (IllegalArgumentException e) {
      ring.address = old;
      finished.run();
      connection.refuse("SET_VRING_ADDR of vring " + ring.index + ": " + e.getMessage());
    }
  }

  private void kick(VringControl ring, int fd, Runnable finished) {
    int old = ring.kickFd;
    ring.kickFd = fd;
    ring.kicked = true;
    if (ring.isStarted()) {
      ring.agent.kick(ring.vring, fd, () -> finishReplacing(old, finished));
      return;
    }
    close(old);
    if (!ring.isReady()) {
      finished.run();
      connection.refuse(
          "SET_VRING_KICK of vring " + ring.index + ": its size and addresses come before");
      return;
    }
    restartCancelled(() -> start(ring, finished));
  }

  private void start(VringControl ring, Runnable finished) {
    disk.starter()
        .start(
            ring,
            requests.memory(),
            requests.features(),
            failure -> {
              finished.run();
              if (failure == null) {
                connection.done();
              } else {
                connection.refuse("SET_VRING_KICK of vring " + ring.index + ": " + failure);
              }
            });
  }

  private void call(VringControl ring, int fd, Runnable finished) {
    int old = ring.callFd;
    ring.callFd = fd;
    if (ring.isStarted()) {
      ring.agent.call(ring.vring, fd, () -> finishReplacing(old, finished));
    } else {
      finishReplacing(old, finished);
    }
  }

  private void err(VringControl ring, int fd, Runnable finished) {
    int old = ring.errFd;
    ring.errFd = fd;
    if (ring.isStarted()) {
      ring.agent.err(ring.vring, fd, () -> finishReplacing(old, finished));
    } else {
      finishReplacing(old, finished);
    }
  }

  private void finishReplacing(int oldFd, Runnable finished) {
    close(oldFd);
    finish(finished);
  }

  private void enable(VringControl ring, boolean enabled, Runnable finished) {
    ring.enabled = enabled;
    if (ring.isStarted()) {
      ring.agent.enable(ring.vring, enabled, () -> finish(finished));
    } else {
      finish(finished);
    }
  }

  private void getBase(VringControl ring, Runnable finished) {
    stop(
        ring,
        () -> {
          finished.run();
          VringState base = new VringState(ring.index, ring.base);
          connection.reply(connection.answer().putVringState(base.index(), base.num()));
        });
  }

  /**
   * Gives started rings a new queue below, when theirs was cancelled with that of one that was
   * stopped: not before the front-end starts one again, because it mostly stops them all, and a
   * queue takes its time to open while its server doesn't answer. All are stopped before the first
   * is started, for they may share a queue.
   */
  private void restartCancelled(Runnable onRestarted) {
    List<VringControl> cancelled =
        rings.values().stream().filter(ring -> ring.isStarted() && ring.cancelled).toList();
    Countdown stopped =
        new Countdown(cancelled.size(), () -> startAgain(cancelled.iterator(), onRestarted));
    cancelled.forEach(ring -> disk.starter().stop(ring, stopped::done));
  }

  private void startAgain(Iterator<VringControl> cancelled, Runnable onStarted) {
    if (!cancelled.hasNext()) {
      onStarted.run();
      return;
    }
    VringControl ring = cancelled.next();
    disk.starter()
        .start(
            ring,
            requests.memory(),
            requests.features(),
            failure -> {
              if (failure != null) {
                disk.errors().accept("queue " + ring.index + ": stopped: " + failure);
              }
              startAgain(cancelled, onStarted);
            });
  }

  private void stop(VringControl ring, Runnable onStopped) {
    Runnable stopped =
        () -> {
          close(ring.kickFd);
          ring.kickFd = -1;
          ring.kicked = false;
          onStopped.run();
        };
    if (ring.isStarted()) {
      disk.starter().stop(ring, stopped);
    } else {
      stopped.run();
    }
  }

  /** Stops every ring that is started, all at once. */
  void stopAll(Runnable onStopped) {
    disk.sequencer()
        .enqueue(
            finished -> {
              Countdown stopped =
                  new Countdown(
                      rings.size(),
                      () -> {
                        finished.run();
                        onStopped.run();
                      });
              new ArrayList<>(rings.values()).forEach(ring -> stop(ring, stopped::done));
            });
  }

  /** Forgets what was set, as a reset device has nothing set. */
  void reset() {
    closeDescriptors();
    rings.clear();
  }

  void closeDescriptors() {
    for (VringControl ring : rings.values()) {
      close(ring.kickFd);
      close(ring.callFd);
      close(ring.errFd);
      ring.kickFd = -1;
      ring.callFd = -1;
      ring.errFd = -1;
    }
  }

  /**
   * Gives running vrings another memory.
   *
   * @param onAdopted called when all of them serve requests in it
   * @param onReleased called when no request touches the old one
   * @throws IllegalArgumentException when a running ring isn't in the new memory; nothing changed
   */
  void adoptMemory(GuestMemoryTable next, Runnable onAdopted, Runnable onReleased) {
    List<VringControl> started = rings.values().stream().filter(VringControl::isStarted).toList();
    List<RingAddresses> addresses = new ArrayList<>();
    for (VringControl ring : started) {
      addresses.add(ring.locate(next, requests.features()));
    }
    Countdown released = new Countdown(started.size(), onReleased);
    Countdown adopted = new Countdown(started.size(), onAdopted);
    for (int i = 0; i < started.size(); i++) {
      VringControl ring = started.get(i);
      ring.agent.memory(ring.vring, next.memory(), addresses.get(i), adopted::done, released::done);
    }
  }

  private void close(int fd) {
    if (fd >= 0) {
      control.host().close(fd);
    }
  }
}
