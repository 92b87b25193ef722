package org.culebra.cli.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/** Reads lines of bounded length; confined to one thread. */
final class LineReader {
  /** What {@link #next()} returns in place of a line that is longer than the bound. */
  static final String TOO_LONG = new String("too long");

  private final ReadableByteChannel channel;
  private final ByteBuffer buffer;

  LineReader(ReadableByteChannel channel, int lineBytesMax) {
    this.channel = channel;
    this.buffer = ByteBuffer.allocate(lineBytesMax + 1).limit(0);
  }

  /**
   * Reads on.
   *
   * @return a line without its end, {@link #TOO_LONG} itself after a longer one has been skipped,
   *     or null at the end of the stream
   */
  String next() throws IOException {
    boolean tooLong = false;
    int scanned = buffer.position();
    while (true) {
      for (int i = scanned; i < buffer.limit(); i++) {
        if (buffer.get(i) == '\n') {
          String line = tooLong ? TOO_LONG : text(buffer.position(), i);
          buffer.position(i + 1);
          return line;
        }
      }
      if (buffer.remaining() == buffer.capacity()) {
        tooLong = true;
        buffer.position(buffer.limit());
      }
      buffer.compact();
      int count = channel.read(buffer);
      buffer.flip();
      scanned = buffer.limit() - Math.max(count, 0);
      if (count < 0) {
        return null;
      }
    }
  }

  private String text(int from, int to) {
    String line = new String(buffer.array(), from, to - from, StandardCharsets.UTF_8);
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }
}
