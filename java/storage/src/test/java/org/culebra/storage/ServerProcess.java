package org.culebra.storage;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A third-party server of a test, on a unix socket of its own directory; ended when closed. */
public final class ServerProcess implements AutoCloseable {
  private static final int END_S = 10;

  /**
   * Starts all processes: nbdkit in the foreground asks to be ended with its parent, which for the
   * kernel is the thread that started it, and a thread of a test with a time limit ends early.
   */
  private static final ExecutorService STARTER =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  private final TempDirectory directory;
  private final Process process;
  private final Path socket;
  private final Path log;

  private ServerProcess(TempDirectory directory, List<String> command) throws IOException {
    this.directory = directory;
    socket = directory.file("s");
    log = directory.file("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    process = start(builder);
    Lines.await(
        command + " listens: " + Files.readString(log), () -> !process.isAlive() || isListening());
    assertTrue(process.isAlive(), command + ": " + Files.readString(log));
  }

  private static Process start(ProcessBuilder builder) throws IOException {
    try {
      return STARTER.submit(builder::start).get(END_S, TimeUnit.SECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      throw new IOException(builder.command().toString(), e);
    }
  }

  /** Starts nbdkit with arguments after those that name the socket. */
  public static ServerProcess nbdkit(String... arguments) throws IOException {
    TempDirectory directory = new TempDirectory();
    List<String> command =
        new ArrayList<>(List.of("nbdkit", "-f", "-U", directory.file("s").toString()));
    command.addAll(List.of(arguments));
    return new ServerProcess(directory, command);
  }

  /** Starts qemu-nbd on a raw file of its directory; so many clients may connect at a time. */
  public static ServerProcess qemuNbd(long sizeBytes, int clients, String... arguments)
      throws IOException {
    TempDirectory directory = new TempDirectory();
    Path image = directory.file("image");
    try (var file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(sizeBytes);
    }
    List<String> command =
        new ArrayList<>(List.of("qemu-nbd", "-t", "-f", "raw", "-e", Integer.toString(clients)));
    command.addAll(List.of("-k", directory.file("s").toString()));
    command.addAll(List.of(arguments));
    command.add(image.toString());
    return new ServerProcess(directory, command);
  }

  private boolean isListening() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns its target with an export. */
  public TargetUri target(String export) {
    return new TargetUri.NbdUnix(socket, export);
  }

  /** Returns a file of its directory. */
  public Path file(String name) {
    return directory.file(name);
  }

  /** Ends it at once. */
  public void kill() {
    process.destroyForcibly();
    try {
      assertTrue(process.waitFor(END_S, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws IOException {
    kill();
    directory.close();
  }
}
