package org.culebra.backend;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import org.agrona.concurrent.Agent;
import org.culebra.block.Waiter;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * The control plane's thread: sockets, signals, deadlines, and answers from queue agents and
 * workers. All of it event driven; nothing here blocks but the wait for the next event. What may
 * block (opening an image, connecting) runs on a worker and comes back as an event.
 */
final class ControlAgent implements Agent {
  private static final int EVENTS_PER_CHUNK = 64;

  /** A call at a time, unless cancelled before. */
  static final class Deadline {
    private final long atNs;
    private Runnable action;

    private Deadline(long atNs, Runnable action) {
      this.atNs = atNs;
      this.action = action;
    }

    void cancel() {
      action = null;
    }
  }

  private final Host host;
  private final Executor workers;
  private final Poller poller;
  private final int doorbellFd;
  private final Map<Integer, Runnable> watched = new HashMap<>();
  private final PriorityQueue<Deadline> deadlines =
      new PriorityQueue<>((a, b) -> Long.compare(a.atNs - b.atNs, 0));
  private final MpscUnboundedVarHandleArrayQueue<Runnable> events =
      new MpscUnboundedVarHandleArrayQueue<>(EVENTS_PER_CHUNK);

  ControlAgent(Host host, Executor workers) throws IOException {
    this.host = host;
    this.workers = workers;
    this.poller = host.openPoller();
    this.doorbellFd = host.openDoorbell();
    poller.watch(doorbellFd, Waiter.READABLE);
  }

  @Override
  public int doWork() {
    int ready = poller.await(timeoutNs());
    host.silence(doorbellFd);
    int work = runEvents();
    for (int i = 0; i < ready; i++) {
      Runnable handler = watched.get(poller.fd(i));
      if (handler != null) {
        handler.run();
        work++;
      }
    }
    return work + runDeadlines();
  }

  private int runEvents() {
    int count = 0;
    for (Runnable event = events.relaxedPoll(); event != null; event = events.relaxedPoll()) {
      event.run();
      count++;
    }
    return count;
  }

  private long timeoutNs() {
    while (!deadlines.isEmpty() && deadlines.peek().action == null) {
      deadlines.remove();
    }
    return deadlines.isEmpty() ? -1 : Math.max(0, deadlines.peek().atNs - host.nowNs());
  }

  private int runDeadlines() {
    int count = 0;
    while (!deadlines.isEmpty() && deadlines.peek().atNs - host.nowNs() <= 0) {
      Runnable action = deadlines.remove().action;
      if (action != null) {
        action.run();
        count++;
      }
    }
    return count;
  }

  /** Runs something on this thread; any thread. */
  void post(Runnable event) {
    events.relaxedOffer(event);
    host.ring(doorbellFd);
  }

  /** Calls back whenever a descriptor is readable, closed by its peer or in error. */
  void watch(int fd, Runnable onReadable) {
    watched.put(fd, onReadable);
    poller.watch(fd, Waiter.READABLE);
  }

  /** Forgets a descriptor, before it is closed. */
  void unwatch(int fd) {
    if (watched.remove(fd) != null) {
      poller.unwatch(fd);
    }
  }

  Deadline after(long delayNs, Runnable action) {
    Deadline deadline = new Deadline(host.nowNs() + delayNs, action);
    deadlines.add(deadline);
    return deadline;
  }

  /** Something that may block or fail. */
  interface Blocking<T> {
    T call() throws IOException;
  }

  /** What to do with its outcome: one of the two is null. */
  interface Outcome<T> {
    void accept(T value, IOException failure);
  }

  /** Runs something on a worker and hands its outcome to this thread. */
  <T> void work(Blocking<T> task, Outcome<T> outcome) {
    workers.execute(
        () -> {
          try {
            T value = task.call();
            post(() -> outcome.accept(value, null));
          } catch (IOException e) {
            post(() -> outcome.accept(null, e));
          } catch (RuntimeException e) {
            post(() -> outcome.accept(null, new IOException(e.toString(), e)));
          }
        });
  }

  Host host() {
    return host;
  }

  @Override
  public void onClose() {
    poller.close();
    host.close(doorbellFd);
  }

  @Override
  public String roleName() {
    return "culebra-control";
  }
}
