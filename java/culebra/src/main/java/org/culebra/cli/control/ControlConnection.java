package org.culebra.cli.control;

import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One client: a thread that reads its lines and answers them, and a thread that writes. The queue
 * between them is bounded: a full one stops the reader, and closes a client that misses an event.
 */
final class ControlConnection {
  private static final int LINES_QUEUED_MAX = 64;
  private static final long ROOM_CHECK_MS = 100;
  private static final long CLOSE_TIMEOUT_MS = 500;
  private static final String END = new String("end");

  private final SocketChannel channel;
  private final ControlCommands commands;
  private final Consumer<ControlConnection> onClosed;
  private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_QUEUED_MAX);
  private volatile boolean ended;
  private Thread writer;

  ControlConnection(
      SocketChannel channel, ControlCommands commands, Consumer<ControlConnection> onClosed) {
    this.channel = channel;
    this.commands = commands;
    this.onClosed = onClosed;
  }

  void start() {
    writer = Thread.ofPlatform().daemon().name("culebra-control-writer").start(this::writeAll);
    Thread.ofPlatform().daemon().name("culebra-control-reader").start(this::readAll);
  }

  /** Queues a line; a client that has no room for it is closed. */
  void offer(String line) {
    if (!lines.offer(line)) {
      closeChannel();
    }
  }

  /** Closes it once what is queued is written, or after half a second. */
  void close() {
    try {
      if (lines.offer(END, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
        writer.join(CLOSE_TIMEOUT_MS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    closeChannel();
  }

  private void readAll() {
    LineReader reader = new LineReader(channel, ControlServer.LINE_BYTES_MAX);
    try {
      for (String line = reader.next(); line != null && !ended; line = reader.next()) {
        if (line == LineReader.TOO_LONG) {
          queue(tooLong());
        } else if (!line.isBlank()) {
          queue(commands.answer(line));
        }
      }
      queue(END);
    } catch (IOException gone) {
      closeChannel();
      // A full queue needs no end: the writer is at it, and finds the channel closed.
      lines.offer(END);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for room, as long as there is a writer that makes some. */
  private void queue(String line) throws InterruptedException {
    while (!lines.offer(line, ROOM_CHECK_MS, TimeUnit.MILLISECONDS) && !ended) {
      Thread.onSpinWait();
    }
  }

  private void writeAll() {
    try (channel) {
      for (String line = lines.take(); line != END; line = lines.take()) {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    } catch (IOException gone) {
      closeChannel();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      ended = true;
      onClosed.accept(this);
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException gone) {
      lines.clear();
    }
  }

  private static String tooLong() {
    return ControlCommands.error(
        NullNode.getInstance(),
        ControlException.INVALID_REQUEST,
        "a line has at most " + ControlServer.LINE_BYTES_MAX + " bytes");
  }
}
