package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.util.stream.Stream;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.QueueDriver;
import org.culebra.linux.Errno;
import org.culebra.storage.Lines;
import org.culebra.storage.TargetOptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that break a rule of the transmission phase: the connection is closed, one line is said,
 * what is in flight and what comes later fails, and no memory outside the read is touched.
 */
@Timeout(10) // a wake-up that is lost in the silence takes the driver 20 s
class ReplyLiesTest {
  private static final int SIZE = 1 << 20;
  private static final int OFFSET = 8192;
  private static final int LENGTH = 4096;
  private static final int DONE = ReplyChunk.DONE;
  private static final int DATA = ReplyChunk.OFFSET_DATA;
  private static final int HOLE = ReplyChunk.OFFSET_HOLE;

  /** What a server says to a read of {@link #LENGTH} bytes at {@link #OFFSET}. */
  interface Answer {
    void give(Conversation conversation, long cookie) throws IOException;
  }

  private static final byte[] NONE = {};
  private static final byte[] ALL = Conversation.data(OFFSET, LENGTH, 1);
  private static final byte[] HALF = Conversation.data(OFFSET, LENGTH / 2, 1);

  static Stream<Arguments> structuredLies() {
    return Stream.of(headerLies(), contentLies(), chunkLies(), errorLies(), silences())
        .flatMap(lies -> lies);
  }

  private static Stream<Arguments> headerLies() {
    return Stream.of(
        lie(
            "reply magic 0xdeadbeef",
            (c, k) -> c.send(Conversation.buffer(40).putInt(0xdeadbeef).put(new byte[36]))),
        lie("reply cookie 0x", (c, k) -> c.chunk(DONE, DATA, k + 2, ALL)),
        lie("of no request in flight", (c, k) -> c.chunk(DONE, DATA, k | 1L << 62, ALL)),
        lie("of no request in flight", (c, k) -> c.chunk(DONE, DATA, -1, ALL)),
        lie("of no request in flight", (c, k) -> c.simple(0, 77)),
        lie("simple reply to READ 8192+4096", (c, k) -> c.simple(0, k, new byte[LENGTH])),
        lie("simple reply to READ", (c, k) -> c.simple(5, k)));
  }

  private static Stream<Arguments> contentLies() {
    return Stream.of(
        lie(
            "data chunk 8192+4097: outside",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(OFFSET, LENGTH + 1, 1))),
        lie(
            "data chunk 8191+4096: outside",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(OFFSET - 1, LENGTH, 1))),
        lie(
            "data chunk 12288+1: outside",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(OFFSET + LENGTH, 1, 1))),
        lie(
            "data chunk 18446744073709551615+4096: outside",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(-1, LENGTH, 1))),
        lie(
            "data chunk 9223372036854775807+4096: outside",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(Long.MAX_VALUE, LENGTH, 1))),
        lie("data chunk 8192+0", (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(OFFSET, 0, 1))),
        lie("data chunk 8192+4294967287: outside", (c, k) -> c.chunk(DONE, DATA, k, -1, ALL)),
        lie("data chunk 8192+-3", (c, k) -> c.chunk(DONE, DATA, k, 5, ALL)),
        lie(
            "hole chunk 8192+8192: outside",
            (c, k) -> c.chunk(DONE, HOLE, k, Conversation.hole(OFFSET, 2 * LENGTH))),
        lie(
            "hole chunk 8192+4294967295: outside",
            (c, k) -> c.chunk(DONE, HOLE, k, Conversation.hole(OFFSET, -1))),
        lie("hole chunk 8192+0", (c, k) -> c.chunk(DONE, HOLE, k, Conversation.hole(OFFSET, 0))));
  }

  private static Stream<Arguments> chunkLies() {
    return Stream.of(
        lie("chunk {type 2, length 13, DONE}", (c, k) -> c.chunk(DONE, HOLE, k, new byte[13])),
        lie(
            "overlaps an earlier one",
            (c, k) -> {
              c.chunk(0, DATA, k, HALF);
              c.chunk(DONE, DATA, k, ALL);
            }),
        lie(
            "overlaps an earlier one",
            (c, k) -> {
              c.chunk(0, DATA, k, HALF);
              c.chunk(DONE, HOLE, k, Conversation.hole(OFFSET, 1));
            }),
        lie("without all of its bytes", (c, k) -> c.chunk(DONE, DATA, k, HALF)),
        lie("without all of its bytes", (c, k) -> c.chunk(DONE, 0, k, NONE)),
        lie("chunk {type 0, length 0}", (c, k) -> c.chunk(0, 0, k, NONE)),
        lie("chunk {type 0, length 4, DONE}", (c, k) -> c.chunk(DONE, 0, k, new byte[4])),
        lie("chunk {type 5, length 12, DONE}", (c, k) -> c.chunk(DONE, 5, k, new byte[12])),
        lie("chunk {type 99", (c, k) -> c.chunk(DONE, 99, k, new byte[8])));
  }

  private static Stream<Arguments> errorLies() {
    return Stream.of(
        lie("error chunk of 5 bytes", (c, k) -> c.chunk(DONE, ReplyChunk.ERROR, k, new byte[5])),
        lie(
            "error chunk of 13 bytes",
            (c, k) -> c.chunk(DONE, ReplyChunk.ERROR_OFFSET, k, new byte[13])),
        lie(
            "error chunk of 8193 bytes",
            (c, k) -> c.chunk(DONE, ReplyChunk.ERROR, k, new byte[8193])),
        lie(
            "error chunk of 4294967295 bytes",
            (c, k) -> c.chunk(DONE, ReplyChunk.ERROR, k, -1, NONE)),
        lie(
            "must have an error",
            (c, k) -> c.chunk(DONE, ReplyChunk.ERROR, k, Conversation.error(0, ""))),
        lie(
            "hold its message",
            (c, k) ->
                c.chunk(
                    DONE,
                    ReplyChunk.ERROR,
                    k,
                    Conversation.buffer(6).putInt(5).putShort((short) 9).array())),
        lie(
            "error at 8191: outside",
            (c, k) ->
                c.chunk(DONE, ReplyChunk.ERROR_OFFSET, k, Conversation.errorAt(5, OFFSET - 1))));
  }

  private static Stream<Arguments> silences() {
    return Stream.of(
        lie("the server closed the connection", (c, k) -> {}),
        lie(
            "the server closed the connection",
            (c, k) ->
                c.send(Conversation.buffer(10).put(new byte[10], 0, 0).putInt(ReplyChunk.MAGIC))),
        lie("the server closed the connection", (c, k) -> c.chunk(DONE, DATA, k, LENGTH + 8, HALF)),
        lie(
            "stopped within a message for 0.3 s",
            (c, k) -> {
              c.chunk(DONE, DATA, k, LENGTH + 8, HALF);
              c.silence();
            }),
        lie(
            "stopped within a message for 0.3 s",
            (c, k) -> {
              c.send(Conversation.buffer(3).put((byte) 0x66));
              c.silence();
            }));
  }

  static Stream<Arguments> simpleLies() {
    return Stream.of(
        lie(
            "reply magic 0x668e33ef",
            (c, k) -> c.chunk(DONE, DATA, k, Conversation.data(OFFSET, LENGTH, 1))),
        lie("of no request in flight", (c, k) -> c.simple(0, k + 2)),
        lie(
            "reply magic 0x1010101",
            (c, k) -> {
              c.simple(0, k, Conversation.data(0, LENGTH, 1));
            }),
        lie(
            "stopped within a message",
            (c, k) -> {
              c.simple(0, k, new byte[LENGTH - 1]);
              c.silence();
            }),
        lie("the server closed the connection", (c, k) -> c.simple(0, k, new byte[100])));
  }

  private static Arguments lie(String text, Answer answer) {
    return arguments(text, answer);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("structuredLies")
  void shouldCloseOnAStructuredLie(String text, Answer answer) throws Exception {
    shouldCloseOn(text, answer, true);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("simpleLies")
  void shouldCloseOnASimpleLie(String text, Answer answer) throws Exception {
    shouldCloseOn(text, answer, false);
  }

  private static void shouldCloseOn(String text, Answer answer, boolean structured)
      throws Exception {
    Lines lines = new Lines();
    TargetOptions options = TargetOptions.of(lines).withStallTimeoutNs(300_000_000L);
    int readOnly = TransmissionFlags.HAS_FLAGS | TransmissionFlags.READ_ONLY;
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, readOnly, structured);
          Conversation.Request first = c.request();
          c.request();
          answer.give(c, first.cookie());
        };
    Canary target = new Canary(4, 1024);
    Canary other = new Canary(1, 4096);
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options)) {
      device.activate();
      try (QueueDriver queue = new QueueDriver(device, 4)) {
        queue.submit(read(OFFSET, target, 1), read(0, other, 2));
        queue.drain();
        lines.assertOne(text);
        lines.assertOne(peer.target().toString());
        assertTrue(queue.result(1) == -Errno.EIO || queue.result(1) == -Errno.ECONNRESET);
        assertEquals(queue.result(1), queue.result(2));
        target.assertSurroundingsUntouched();
        other.assertUntouched();
        assertEquals(queue.result(1), queue.execute(read(0, other, 3)), "and what comes later");
      }
      lines.assertOne(text);
    }
  }

  private static BlockRequest read(long offset, Canary memory, long tag) {
    BlockRequest request = new BlockRequest().set(BlockOperation.READ, offset, LENGTH, 0);
    return request.memory(memory.vector(), 0).tag(tag);
  }
}
