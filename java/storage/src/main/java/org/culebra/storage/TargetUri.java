package org.culebra.storage;

import java.nio.file.Path;

/**
 * Where a disk's bytes are, as a person writes it: a path, {@code null:SIZE}, {@code memory:SIZE},
 * {@code nbd://HOST[:PORT]/EXPORT} or {@code nbd+unix:///EXPORT?socket=PATH}.
 *
 * <p>Immutable. Sizes are bytes, or have one of the suffixes K M G T (powers of 1024).
 */
public sealed interface TargetUri {
  /** The port of NBD servers that IANA assigned (NBD URI: authority). */
  int NBD_PORT = 10809;

  /** A file or a block device. */
  record File(Path path) implements TargetUri {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /** A device that drops what is written and reads as zeroes. */
  record Null(long sizeBytes) implements TargetUri {
    @Override
    public String toString() {
      return "null:" + sizeBytes;
    }
  }

  /** A device in the memory of this process. */
  record Memory(long sizeBytes) implements TargetUri {
    @Override
    public String toString() {
      return "memory:" + sizeBytes;
    }
  }

  /** An export of an NBD server that is reached by TCP; the host may be an IPv6 literal. */
  record NbdTcp(String host, int port, String export) implements TargetUri {
    @Override
    public String toString() {
      String shown = host.indexOf(':') < 0 ? host : "[" + host.replace("%", "%25") + "]";
      String shownPort = port == NBD_PORT ? "" : ":" + port;
      return "nbd://" + shown + shownPort + "/" + PercentCodec.encode(export);
    }
  }

  /** An export of an NBD server that is reached by a unix socket. */
  record NbdUnix(Path socket, String export) implements TargetUri {
    @Override
    public String toString() {
      return "nbd+unix:///"
          + PercentCodec.encode(export)
          + "?socket="
          + PercentCodec.encode(socket.toString());
    }
  }

  /**
   * Reads a target.
   *
   * @throws IllegalArgumentException with one line that has the value and the rule it breaks
   */
  static TargetUri parse(String text) {
    return TargetUriParser.parse(text);
  }
}
