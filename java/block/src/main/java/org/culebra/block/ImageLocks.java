package org.culebra.block;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import org.culebra.linux.Files;

/**
 * QEMU's image locks on a file, as its file-posix driver has them, so that its tools refuse an
 * image we use and we refuse one they use.
 *
 * <pre>
 *   byte 100 + permission   read-locked by whoever uses the permission
 *   byte 200 + permission   read-locked by whoever doesn't let others use it
 *
 *   permission 0 consistent read, 1 write, 2 write unchanged, 3 resize
 * </pre>
 *
 * <p>All locks are shared ones of the open file description: taking them never fails for a
 * conflict. Whoever has taken his own looks whether others hold the opposite byte, and if so lets
 * go again.
 */
final class ImageLocks {
  private static final long USED_BASE = 100;
  private static final long UNSHARED_BASE = 200;
  private static final int PERMISSIONS = 4;

  private static final int CONSISTENT_READ = 1;
  private static final int WRITE = 1 << 1;
  private static final int RESIZE = 1 << 3;
  private static final String[] NAMES = {"consistent read", "write", "write unchanged", "resize"};

  private ImageLocks() {}

  /**
   * Takes the locks of a reader or writer.
   *
   * @param fd open for reading at least
   * @param path names the file in errors
   * @throws IOException when another holds a lock against it; none is held then
   */
  static void take(int fd, Path path, boolean readOnly, FileOptions.Lock lock) throws IOException {
    if (lock == FileOptions.Lock.OFF) {
      return;
    }
    int used = readOnly ? CONSISTENT_READ : CONSISTENT_READ | WRITE | RESIZE;
    int unshared = lock == FileOptions.Lock.EXCLUSIVE ? WRITE | RESIZE : 0;
    try {
      lock(fd, USED_BASE, used);
      lock(fd, UNSHARED_BASE, unshared);
      refuseIfHeld(fd, path, UNSHARED_BASE, used);
      refuseIfHeld(fd, path, USED_BASE, unshared);
    } catch (IOException e) {
      release(fd);
      throw e;
    }
  }

  /** Lets all of them go. */
  static void release(int fd) throws IOException {
    Files.unlock(fd, USED_BASE, PERMISSIONS);
    Files.unlock(fd, UNSHARED_BASE, PERMISSIONS);
  }

  private static void lock(int fd, long base, int permissions) throws IOException {
    for (int bit = 0; bit < PERMISSIONS; bit++) {
      if ((permissions & 1 << bit) != 0) {
        Files.lock(fd, base + bit, 1, false);
      }
    }
  }

  private static void refuseIfHeld(int fd, Path path, long base, int permissions)
      throws IOException {
    for (int bit = 0; bit < PERMISSIONS; bit++) {
      if ((permissions & 1 << bit) != 0 && Files.isLocked(fd, base + bit, 1, true)) {
        String what = base == USED_BASE ? "uses it for " : "doesn't share it for ";
        throw new IOException(
            path
                + ": locked: "
                + holder(path)
                + " "
                + what
                + NAMES[bit]
                + " (byte "
                + (base + bit)
                + ")");
      }
    }
  }

  /** Names a process that has the file open, since the kernel doesn't say who holds a lock. */
  private static String holder(Path path) {
    try (DirectoryStream<Path> processes =
        java.nio.file.Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      Path real = path.toRealPath();
      long self = ProcessHandle.current().pid();
      for (Path process : processes) {
        String pid = process.getFileName().toString();
        if (Long.parseLong(pid) != self && hasOpen(process, real)) {
          return "process " + pid;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return "another process";
    }
    return "another user of it";
  }

  private static boolean hasOpen(Path process, Path real) {
    try (DirectoryStream<Path> fds =
        java.nio.file.Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path fd : fds) {
        if (java.nio.file.Files.readSymbolicLink(fd).equals(real)) {
          return true;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return false;
    }
    return false;
  }
}
