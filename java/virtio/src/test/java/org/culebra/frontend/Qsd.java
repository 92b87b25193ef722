package org.culebra.frontend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Sockets;

/** A qemu-storage-daemon that serves one disk over vhost-user. */
final class Qsd implements AutoCloseable {
  private static final int STARTS_WITHIN_MS = 10_000;

  private final Path directory;
  private final Process process;
  private final Path log;
  final Path socket;

  /** Serves a disk of zeroes that forgets what is written. */
  static Qsd ofNull(long sizeBytes, int queues) throws IOException {
    return new Qsd("driver=null-co,node-name=d0,read-zeroes=on,size=" + sizeBytes, queues);
  }

  /** Serves a file. */
  static Qsd ofFile(Path file, int queues) throws IOException {
    return new Qsd("driver=file,node-name=d0,discard=unmap,filename=" + file, queues);
  }

  private Qsd(String blockdev, int queues) throws IOException {
    directory = Files.createTempDirectory("qsd");
    socket = directory.resolve("s");
    log = directory.resolve("log");
    String export =
        "type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,writable=on,addr.path="
            + socket
            + ",num-queues="
            + queues;
    process =
        new ProcessBuilder("qemu-storage-daemon", "--blockdev", blockdev, "--export", export)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      awaitListening();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void awaitListening() throws IOException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STARTS_WITHIN_MS);
    while (!Files.exists(socket)) {
      try {
        if (process.waitFor(5, TimeUnit.MILLISECONDS) || System.nanoTime() > deadlineNs) {
          throw new IOException("qemu-storage-daemon: no socket " + socket);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    int probe = -1;
    while (probe < 0 && System.nanoTime() < deadlineNs) {
      probe = connect();
    }
    Fd.close(probe);
  }

  private int connect() {
    try {
      return Sockets.connectUnix(socket);
    } catch (LinuxException e) {
      Thread.onSpinWait();
      return -1;
    }
  }

  /** Ends the daemon at once, as a crash would. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.print(Files.readString(log));
    Files.delete(log);
    Files.deleteIfExists(socket);
    Files.deleteIfExists(directory);
  }
}
