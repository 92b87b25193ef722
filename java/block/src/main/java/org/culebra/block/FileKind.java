package org.culebra.block;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.culebra.linux.Errno;
import org.culebra.linux.LinuxException;

/** What a path leads to, and why it can't be opened as a disk. */
final class FileKind {
  private static final int TYPE_MASK = 0xf000;
  private static final int BLOCK_DEVICE = 0x6000;
  private static final int DIRECTORY = 0x4000;
  private static final int REGULAR = 0x8000;

  private FileKind() {}

  static boolean isBlockDevice(Path path) throws IOException {
    return type(path) == BLOCK_DEVICE;
  }

  /** Throws unless the path leads to a file or a block device. */
  static void check(Path path) throws IOException {
    int type = type(path);
    if (type == DIRECTORY) {
      throw new IOException(path + ": is a directory: a disk is a file or a block device");
    }
    if (type != REGULAR && type != BLOCK_DEVICE) {
      throw new IOException(path + ": is neither a file nor a block device");
    }
  }

  /** Returns the error of an open with the path first and the reason in words. */
  static IOException explain(Path path, boolean readOnly, LinuxException e) {
    String number = Errno.name(e.errno());
    String reason =
        switch (e.errno()) {
          case Errno.ENOENT -> "no such file";
          case Errno.EACCES, Errno.EPERM ->
              "no permission to " + (readOnly ? "read" : "write") + " it";
          case Errno.EROFS -> "its file system is read-only: it can only be opened read-only";
          case Errno.EISDIR -> "is a directory";
          case Errno.EBUSY -> "in use by the system";
          default -> Errno.message(e.errno());
        };
    return new IOException(path + ": " + reason + " (" + number + ")", e);
  }

  private static int type(Path path) throws IOException {
    try {
      int mode = (int) java.nio.file.Files.getAttribute(path, "unix:mode");
      return mode & TYPE_MASK;
    } catch (NoSuchFileException e) {
      throw new IOException(path + ": no such file (ENOENT)", e);
    } catch (java.nio.file.AccessDeniedException e) {
      throw new IOException(path + ": no permission to reach it (EACCES)", e);
    }
  }
}
