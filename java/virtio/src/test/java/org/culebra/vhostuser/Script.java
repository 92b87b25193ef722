package org.culebra.vhostuser;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.culebra.linux.Errno;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.Memory;

/**
 * A socket's two ends for tests: delivers pieces as the kernel does, where a piece with file
 * descriptors never joins the one before it, and records what is sent.
 */
final class Script implements MessageSource, MessageSink, AutoCloseable {
  private record Piece(byte[] bytes, int[] fds) {}

  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
  private int taken;
  private int atEnd = -Errno.EAGAIN;
  final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  final List<Integer> sentFds = new ArrayList<>();
  int roomBytes = Integer.MAX_VALUE;
  int largestReceive;

  /** A piece of the stream: bytes as hexadecimal digits, and file descriptors. */
  Script piece(String hex, int... fds) {
    return piece(bytes(hex), fds);
  }

  Script piece(byte[] bytes, int... fds) {
    pieces.add(new Piece(bytes, fds));
    return this;
  }

  /** What comes after the last piece: 0 for the end of the stream, or -errno. */
  Script then(int result) {
    atEnd = result;
    return this;
  }

  @Override
  public int receive(long address, int lengthBytes, FdList fds) {
    largestReceive = Math.max(largestReceive, lengthBytes);
    Piece piece = pieces.peek();
    if (piece == null) {
      return atEnd;
    }
    if (taken == 0) {
      for (int fd : piece.fds) {
        fds.add(fd);
      }
    }
    int n = Math.min(lengthBytes, piece.bytes.length - taken);
    Memory.put(address, piece.bytes, taken, n);
    taken += n;
    if (taken == piece.bytes.length) {
      pieces.remove();
      taken = 0;
    }
    return n;
  }

  @Override
  public int send(long address, int lengthBytes, FdList fds) {
    if (roomBytes == 0) {
      return -Errno.EAGAIN;
    }
    int n = Math.min(lengthBytes, roomBytes);
    byte[] part = new byte[n];
    Memory.get(address, part, 0, n);
    sent.writeBytes(part);
    for (int i = 0; i < fds.count(); i++) {
      sentFds.add(fds.get(i));
    }
    roomBytes -= n;
    return n;
  }

  String sentHex() {
    return HexFormat.of().formatHex(sent.toByteArray());
  }

  static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  static byte[] bytes(Message message) {
    byte[] bytes = new byte[message.lengthBytes()];
    Memory.get(message.address(), bytes, 0, bytes.length);
    return bytes;
  }

  static String hex(Message message) {
    return HexFormat.of().formatHex(bytes(message));
  }

  /** Closes the descriptors that nobody received. */
  @Override
  public void close() {
    if (taken > 0) {
      pieces.remove();
    }
    for (Piece piece : pieces) {
      for (int fd : piece.fds) {
        Fd.close(fd);
      }
    }
    pieces.clear();
  }
}
