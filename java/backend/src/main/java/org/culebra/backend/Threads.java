package org.culebra.backend;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NoOpIdleStrategy;

/** The threads of a {@link Backend}: one for control, one for each queue agent, and workers. */
final class Threads implements AutoCloseable {
  private static final int CLOSE_TIMEOUT_MS = 10_000;

  private final ControlAgent control;
  private final ExecutorService workers = workers();
  private final List<QueueProxy> proxies = new ArrayList<>();
  private final List<AgentRunner> runners = new ArrayList<>();
  private final Consumer<String> errors;
  private final Runnable onFatal;
  private boolean started;

  Threads(Host host, BackendOptions options, Consumer<String> errors, Runnable onFatal)
      throws IOException {
    this.errors = errors;
    this.onFatal = onFatal;
    control = new ControlAgent(host, workers);
    runners.add(new AgentRunner(NoOpIdleStrategy.INSTANCE, this::onError, null, control));
    int[] cpus = options.cpus();
    int agents =
        cpus.length > 0 ? cpus.length : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    for (int i = 0; i < agents; i++) {
      QueueAgent agent =
          new QueueAgent("culebra-queues-" + i, cpus.length > 0 ? cpus[i] : -1, host);
      proxies.add(new QueueProxy(agent, control::post));
      runners.add(
          new AgentRunner(
              new QueueIdleStrategy(options.pollMode(), agent, host), this::onError, null, agent));
    }
  }

  /** Makes threads for what may block; they end when they have had nothing to do for a minute. */
  static ExecutorService workers() {
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "culebra-worker");
          thread.setDaemon(true);
          return thread;
        });
  }

  void start() {
    started = true;
    runners.forEach(AgentRunner::startOnThread);
  }

  ControlAgent control() {
    return control;
  }

  List<QueueProxy> proxies() {
    return proxies;
  }

  /** Something of ours is wrong: nothing that is in memory can be trusted any further. */
  private void onError(Throwable error) {
    StringWriter stack = new StringWriter();
    error.printStackTrace(new PrintWriter(stack));
    errors.accept("internal error: " + stack);
    onFatal.run();
  }

  @Override
  public void close() {
    for (AgentRunner runner : runners) {
      if (started) {
        end(runner);
      }
      runner.close(CLOSE_TIMEOUT_MS, thread -> errors.accept(thread + ": doesn't end"));
    }
    workers.shutdown();
  }

  private void end(AgentRunner runner) {
    Runnable end =
        () -> {
          throw new AgentTerminationException(true);
        };
    if (runner.agent() instanceof QueueAgent agent) {
      agent.post(end);
    } else {
      control.post(end);
    }
  }
}
