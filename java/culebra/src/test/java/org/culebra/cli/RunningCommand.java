package org.culebra.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.culebra.linux.Signals;

/** A command that runs in a thread of this process until it is told to end. */
public final class RunningCommand {
  private static final long POLL_NS = 2_000_000;
  private static final long TIMEOUT_NS = 30_000_000_000L;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Integer> code = new CompletableFuture<>();

  private RunningCommand() {}

  /** Starts a command; returns once it has printed a text. */
  public static RunningCommand startedWhen(String text, String... args) {
    RunningCommand command = new RunningCommand();
    Thread.ofPlatform()
        .daemon()
        .name("command-" + args[0])
        .start(() -> command.code.complete(command.run(args)));
    command.awaitOutput(text);
    return command;
  }

  private int run(String... args) {
    return Main.run(
        args,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  /** Waits until it has printed a text on stdout. */
  public void awaitOutput(String text) {
    long deadlineNs = System.nanoTime() + TIMEOUT_NS;
    while (!out.toString(StandardCharsets.UTF_8).contains(text) && !code.isDone()) {
      assertTrue(System.nanoTime() < deadlineNs, this::toString);
      LockSupport.parkNanos(POLL_NS);
    }
    assertTrue(out.toString(StandardCharsets.UTF_8).contains(text), this::toString);
  }

  /** Ends it as a signal does, if it still runs: for tests that have failed. */
  public void endIfRunning() throws Exception {
    if (!code.isDone()) {
      Signals.send(ProcessHandle.current().pid(), Signals.SIGTERM);
      awaitEnd();
    }
  }

  /** Waits until it has ended. */
  public CommandLineRun awaitEnd() throws Exception {
    int ended = code.get(TIMEOUT_NS, TimeUnit.NANOSECONDS);
    return new CommandLineRun(
        ended, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "stdout: " + out + " stderr: " + err;
  }
}
