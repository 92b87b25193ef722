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
import java.util.concurrent.TimeUnit;

/** A third-party server of a test, on a unix socket of its own directory; ended when closed. */
public final class ServerProcess implements AutoCloseable {
  private static final int END_S = 10;

  private final TempDirectory directory;
  private final Process process;
  private final Path socket;
  private final Path log;

  private ServerProcess(TempDirectory directory, List<String> command) throws IOException {
    this.directory = directory;
    socket = directory.file("s");
    log = directory.file("log");
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Lines.await(
        command + " listens: " + Files.readString(log), () -> !process.isAlive() || isListening());
    assertTrue(process.isAlive(), command + ": " + Files.readString(log));
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
