package org.culebra.cli.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;

/** Sockets in the filesystem: how one comes to be that nobody else could ever connect to. */
final class ControlSocket {
  private static final int PATH_BYTES_MAX = 107;
  private static final int FILE_TYPE_MASK = 0170000;
  private static final int FILE_TYPE_SOCKET = 0140000;
  private static final int BACKLOG = 16;

  private ControlSocket() {}

  /**
   * Listens on a path, with mode 0600 from the first moment on: bound in a directory of mode 0700,
   * then moved to its place. A socket that nobody listens on any more is replaced.
   *
   * @throws IOException with the path and what stands against it
   */
  static ServerSocketChannel listen(Path path) throws IOException {
    if (path.toString().isEmpty()) {
      throw new IOException("control: a path is empty");
    }
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
      throw wrong(path, "a socket's path has at most " + PATH_BYTES_MAX + " bytes");
    }
    refuseIfInUse(path);
    Path parent = path.getParent();
    String name = ".c" + Integer.toString(ThreadLocalRandom.current().nextInt(1 << 20), 36);
    Path directory = parent == null ? Path.of(name) : parent.resolve(name);
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path made = directory.resolve("s");
      try {
        channel.bind(UnixDomainSocketAddress.of(made), BACKLOG);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
        Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(made);
        Files.delete(directory);
      }
      return channel;
    } catch (IOException failed) {
      channel.close();
      throw wrong(path, reason(failed));
    }
  }

  /**
   * Connects.
   *
   * @throws IOException with the path and the reason
   */
  static SocketChannel connect(Path path) throws IOException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(path));
    } catch (IOException refused) {
      String reason = String.valueOf(refused.getMessage()).toLowerCase(java.util.Locale.ROOT);
      throw wrong(path, reason + ": no culebra serve listens here");
    }
  }

  private static void refuseIfInUse(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & FILE_TYPE_MASK) != FILE_TYPE_SOCKET) {
      throw wrong(path, "exists and is no socket");
    }
    boolean listens;
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      listens = probe.isConnected();
    } catch (IOException nobody) {
      listens = false;
    }
    if (listens) {
      throw wrong(path, "in use: another process listens on it");
    }
  }

  /** Returns why, without the name of the directory that the socket is made in. */
  private static String reason(IOException failed) {
    return switch (failed) {
      case NoSuchFileException missing -> "no such directory";
      case AccessDeniedException denied -> "no permission to write its directory";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default -> String.valueOf(failed.getMessage());
    };
  }

  private static IOException wrong(Path path, String rule) {
    return new IOException("control " + path + ": " + rule);
  }
}
