package org.culebra.storage.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The node's answers to requests and options that are framed, and wrong (NBD: Error values). */
@Timeout(30)
class RequestRulesTest {
  private static final int SIZE = 1 << 20;
  private static final Limits UNITS = new Limits(512, 512, 4096, 0, 4096);

  // types: 0 READ 1 WRITE 3 FLUSH 4 TRIM 5 CACHE 6 WRITE_ZEROES 7 BLOCK_STATUS
  // flags: 1 FUA 2 NO_HOLE 4 DF 8 REQ_ONE 16 FAST_ZERO
  @ParameterizedTest
  @CsvSource({
    "READ past the end,           0,  0, 1048576, 512,        22",
    "READ over the end,           0,  0, 1048064, 1024,       22",
    "READ at 2^64 - 512,          0,  0, -512,    1024,       22",
    "READ of nothing,             0,  0, 0,       0,          22",
    "READ unaligned offset,       0,  0, 1,       512,        22",
    "READ unaligned length,       0,  0, 0,       513,        22",
    "READ with DF not agreed,     0,  4, 0,       512,        22",
    "READ with NO_HOLE,           0,  2, 0,       512,        22",
    "WRITE over the end,          1,  0, 1048064, 1024,       28",
    "WRITE at 2^63,               1,  0, -9223372036854775808, 512, 28",
    "WRITE unaligned,             1,  0, 100,     512,        22",
    "WRITE of nothing,            1,  0, 0,       0,          22",
    "WRITE with FAST_ZERO,        1, 16, 0,       512,        22",
    "WRITE with an unknown flag,  1, 64, 0,       512,        22",
    "WRITE with FUA,              1,  1, 0,       512,        0",
    "FLUSH,                       3,  0, 0,       0,          0",
    "FLUSH with FUA,              3,  1, 0,       0,          0",
    "FLUSH of a range,            3,  0, 0,       512,        22",
    "FLUSH at an offset,          3,  0, 512,     0,          22",
    "TRIM over the end,           4,  0, 1048064, 1024,       22",
    "TRIM with FUA,               4,  1, 0,       4096,       0",
    "CACHE,                       5,  0, 0,       512,        22",
    "WRITE_ZEROES over the end,   6,  0, 0,       2097152,    28",
    "WRITE_ZEROES of 2^32 - 512,  6,  0, 0,       4294966784, 28",
    "WRITE_ZEROES all flags,      6, 19, 0,       1048576,    0",
    "WRITE_ZEROES with DF,        6,  4, 0,       512,        22",
    "BLOCK_STATUS,                7,  0, 0,       512,        22",
    "an unknown command,         99,  0, 0,       512,        22"
  })
  void shouldAnswerWithTheErrorOfTheRule(
      String rule, int type, int flags, long offset, long length, int error) throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE, UNITS, false));
        RawClient client = new RawClient(node).negotiate(false)) {
      client.request(flags, type, offset, length);
      client.send(
          ByteBuffer.allocate(type == 1 ? (int) length : 0).position(type == 1 ? (int) length : 0));
      assertEquals(error, client.simpleError(), rule);
      client.request(0, 3, 0, 0);
      assertEquals(0, client.simpleError(), "the stream is in step after: " + rule);
      node.lines().assertNone();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 512", "4, 512", "6, 512"})
  void shouldRefuseChangesOfAReadOnlyExport(int type, int length) throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE, UNITS, true));
        RawClient client = new RawClient(node).negotiate(false)) {
      client.request(0, type, 0, length);
      client.send(ByteBuffer.allocate(type == 1 ? length : 0).position(type == 1 ? length : 0));
      assertEquals(1, client.simpleError());
    }
  }

  @Test
  void shouldAnswerStructuredErrorsAndRefuseAReadThatIsTooLong() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(128 << 20));
        RawClient client = new RawClient(node).negotiate(true)) {
      // 32 MiB and a byte are one more than the maximum payload; DF is agreed, so EOVERFLOW.
      client.request(4, 0, 0, (32 << 20) + 1);
      ByteBuffer chunk = client.receive(26);
      assertEquals(0x668e33ef, chunk.getInt());
      assertEquals(1, chunk.getShort());
      assertEquals((short) 0x8001, chunk.getShort());
      assertEquals(0x1122334455667788L, chunk.getLong());
      assertEquals(6, chunk.getInt());
      assertEquals(75, chunk.getInt());
      assertEquals(0, chunk.getShort());
      client.request(4, 0, 0, 32 << 20);
      ByteBuffer data = client.receive(28);
      assertEquals((32 << 20) + 8, data.getInt(16));
      client.receive(32 << 20);
      client.request(0, 3, 0, 0);
      assertEquals(0, client.simpleError());
    }
  }

  @Test
  void shouldServeTheLargestWrite() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(64 << 20));
        RawClient client = new RawClient(node).negotiate(false)) {
      int length = 32 << 20;
      client.request(0, 1, 512, length);
      byte[] bytes = new byte[length];
      java.util.Arrays.fill(bytes, (byte) 0x3c);
      client.send(ByteBuffer.allocate(length).put(bytes));
      assertEquals(0, client.simpleError());
      client.request(0, 0, 512 + length - 16, 32);
      assertEquals(0, client.simpleError());
      ByteBuffer end = client.receive(32);
      assertEquals(0x3c3c3c3c3c3c3c3cL, end.getLong(8));
      assertEquals(0, end.getLong(16));
    }
  }

  // Flags of the block contract: 1 FUA 2 UNMAP 4 NO_FALLBACK
  @Test
  void shouldHandCommandFlagsToTheDevice() throws Exception {
    RecordingDevice device = new RecordingDevice(new MemoryDevice(SIZE));
    try (NodeRunner node = new NodeRunner(device);
        RawClient client = new RawClient(node).negotiate(false)) {
      int[][] requests = {{6, 0}, {6, 2}, {6, 16 | 1}, {1, 1}, {1, 0}, {4, 1}, {4, 0}, {3, 1}};
      for (int[] request : requests) {
        boolean flush = request[0] == 3;
        client.request(request[1], request[0], 0, flush ? 0 : 512);
        int payload = request[0] == 1 ? 512 : 0;
        client.send(ByteBuffer.allocate(payload).position(payload));
        assertEquals(0, client.simpleError());
      }
      List<String> expected =
          List.of(
              "WRITE_ZEROES 2",
              "WRITE_ZEROES 0",
              "WRITE_ZEROES 7",
              "WRITE 1",
              "WRITE 0",
              "DISCARD 0",
              "FLUSH 0",
              "DISCARD 0",
              "FLUSH 0");
      assertEquals(expected, device.seen());
    }
  }

  @Test
  void shouldHaggleOverOptions() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE, UNITS, false));
        RawClient client = new RawClient(node).greet(3)) {
      int unsupported = 0x80000001;
      int invalid = 0x80000003;
      assertEquals(unsupported, client.option(99, new byte[10]).optionReply(99));
      assertEquals(unsupported, client.option(5, new byte[0]).optionReply(5), "STARTTLS");
      assertEquals(unsupported, client.option(10, new byte[40]).optionReply(10));
      assertEquals(invalid, client.option(3, new byte[1]).optionReply(3), "LIST with data");
      assertEquals(invalid, client.option(8, new byte[1]).optionReply(8));
      assertEquals(invalid, client.option(7, new byte[3]).optionReply(7));
      byte[] lying = RawClient.go("x");
      lying[3] = 100;
      assertEquals(invalid, client.option(7, lying).optionReply(7), "name past the end");
      lying[0] = -1;
      assertEquals(invalid, client.option(7, lying).optionReply(7), "negative name length");
      assertEquals(0x80000006, client.option(6, RawClient.go("y")).optionReply(6), "unknown");
      assertEquals(0x80000009, client.option(99, new byte[100_000]).optionReply(99), "too big");
      client.option(6, RawClient.go("x", 3, 99));
      assertEquals(3, client.optionReply(6));
      assertEquals(3, client.optionReply(6));
      assertEquals(1, client.optionReply(6));
      client.option(3, new byte[0]);
      assertEquals(2, client.optionReply(3));
      assertEquals(1, client.optionReply(3));
      assertEquals(1, client.option(2, new byte[0]).optionReply(2), "ABORT");
      assertTrue(client.isClosed());
      node.lines().assertNone();
    }
  }

  @Test
  void shouldAnswerExportNameWithZeroesUnlessAgreedOtherwise() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE));
        RawClient plain = new RawClient(node).greet(1);
        RawClient fixed = new RawClient(node).greet(3)) {
      plain.option(1, "x".getBytes());
      ByteBuffer reply = plain.receive(134);
      assertEquals(SIZE, reply.getLong());
      fixed.option(1, new byte[0]);
      assertEquals(SIZE, fixed.receive(10).getLong(), "the empty name is the first export");
      plain.request(0, 3, 0, 0);
      assertEquals(0, plain.simpleError());
      fixed.request(0, 3, 0, 0);
      assertEquals(0, fixed.simpleError());
    }
  }
}
