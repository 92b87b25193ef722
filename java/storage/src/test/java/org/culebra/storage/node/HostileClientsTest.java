package org.culebra.storage.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Seeds;
import org.culebra.linux.Fd;
import org.culebra.storage.Lines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that break the protocol, stop, or come in thousands: the others don't notice. */
@Timeout(60)
class HostileClientsTest {
  private static final int SIZE = 1 << 20;
  private static final long SOON_NS = 300_000_000L;

  interface Misdeed {
    void commit(RawClient client) throws IOException;
  }

  static Stream<Arguments> misdeeds() {
    return Stream.of(
        misdeed("client flags 0x7", c -> c.greet(7)),
        misdeed(
            "option magic 0x", c -> c.greet(3).send(ByteBuffer.allocate(16).putLong(1).putLong(2))),
        misdeed(
            "option 99 of 4294967295 bytes: too long",
            c ->
                c.greet(3)
                    .send(
                        ByteBuffer.allocate(16)
                            .putLong(0x49484156454f5054L)
                            .putInt(99)
                            .putInt(-1))),
        misdeed("option 1 of 20000 bytes: too long", c -> c.greet(3).option(1, new byte[20000])),
        misdeed(
            "export \"nothing\": not an export", c -> c.greet(3).option(1, "nothing".getBytes())),
        misdeed(
            "request magic 0xbad",
            c -> c.negotiate(false).send(ByteBuffer.allocate(28).putInt(0xbad).position(28))),
        misdeed(
            "WRITE of 33554433 bytes", c -> c.negotiate(false).request(0, 1, 0, (32 << 20) + 1)),
        misdeed("WRITE of 4294967295 bytes", c -> c.negotiate(true).request(0, 1, 0, -1)),
        misdeed("no progress for too long in the handshake", c -> c.receive(18)),
        misdeed(
            "no progress for too long in the handshake",
            c -> c.greet(3).send(ByteBuffer.allocate(5).putInt(0x49484156))),
        misdeed(
            "no progress for too long in a message",
            c -> c.negotiate(false).send(ByteBuffer.allocate(4).putInt(0x25609513))),
        misdeed(
            "no progress for too long in a message",
            c ->
                c.negotiate(false)
                    .request(0, 1, 0, 4096)
                    .send(ByteBuffer.allocate(100).position(100))));
  }

  private static Arguments misdeed(String text, Misdeed misdeed) {
    return arguments(text, misdeed);
  }

  private static NodeRunner node() throws IOException {
    NodeOptions options = NodeOptions.of(line -> {}).withTimeoutsNs(SOON_NS, SOON_NS);
    return new NodeRunner(options, new MemoryDevice(SIZE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("misdeeds")
  void shouldCloseWithOneLineAndServeOn(String text, Misdeed misdeed) throws Exception {
    try (NodeRunner node = node();
        RawClient honest = new RawClient(node).negotiate(false);
        RawClient client = new RawClient(node)) {
      misdeed.commit(client);
      assertTrue(client.isClosed());
      Lines.await("the line", () -> node.lines().count() > 0);
      node.lines().assertOne(text);
      honest.request(0, 3, 0, 0);
      assertEquals(0, honest.simpleError());
    }
  }

  @Test
  void shouldCloseAClientThatTakesNoReplies() throws Exception {
    try (NodeRunner node = node();
        RawClient client = new RawClient(node).negotiate(false)) {
      // 32 replies of 1 MiB: many times what a socket holds.
      for (int i = 0; i < 32; i++) {
        client.request(0, 0, 0, SIZE);
      }
      Lines.await("the line", () -> node.lines().count() > 0);
      node.lines().assertOne("no progress for too long in a message");
    }
  }

  @Test
  void shouldLeakNothingOverThousandsOfConnects() throws Exception {
    try (NodeRunner node = new NodeRunner(new MemoryDevice(SIZE))) {
      new RawClient(node).negotiate(true).close();
      Lines.await("the first has left", () -> node.connectionCount() == 0);
      int before = Fd.openCount();
      SplittableRandom random = Seeds.random("connects");
      for (int i = 0; i < 3000; i++) {
        leave(new RawClient(node), random.nextInt(5));
      }
      Lines.await("all have left", () -> Fd.openCount() <= before);
      try (RawClient honest = new RawClient(node).negotiate(true)) {
        honest.request(0, 3, 0, 0);
        assertEquals(0, honest.simpleError());
      }
    }
  }

  /** Leaves at one of the stages of a session. */
  private static void leave(RawClient client, int stage) throws IOException {
    try (client) {
      if (stage == 1) {
        client.greet(3);
      } else if (stage == 2) {
        client.negotiate(true);
      } else if (stage == 3) {
        client.negotiate(true).request(0, 0, 0, 65536).request(0, 1, 0, 65536);
      } else if (stage == 4) {
        client.negotiate(false).request(0, 0, 0, 65536).request(0, 2, 0, 0);
      }
    }
  }

  @Test
  void shouldRefuseClientsAboveTheLimitOnly() throws Exception {
    NodeOptions options = NodeOptions.of(line -> {}).withConnectionsMax(3);
    try (NodeRunner node = new NodeRunner(options, new MemoryDevice(SIZE))) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(new RawClient(node).negotiate(false));
      }
      try (RawClient fourth = new RawClient(node)) {
        assertTrue(fourth.isClosed());
      }
      Lines.await("the line", () -> node.lines().count() > 0);
      node.lines().assertOne("more than 3 clients");
      clients.removeLast().close();
      Lines.await("room", () -> node.connectionCount() == 2);
      clients.add(new RawClient(node).negotiate(false));
      for (RawClient client : clients) {
        client.request(0, 3, 0, 0);
        assertEquals(0, client.simpleError());
        client.close();
      }
    }
  }

  // Random bytes behind a proper beginning; the seed is printed.
  @Test
  void shouldSurviveRandomBytes() throws Exception {
    try (NodeRunner node = node()) {
      SplittableRandom random = Seeds.random("random bytes");
      for (int i = 0; i < 200; i++) {
        try (RawClient client = new RawClient(node)) {
          byte[] noise = new byte[1 + random.nextInt(400)];
          random.nextBytes(noise);
          scribble(client, i % 3, noise);
        } catch (IOException e) {
          assertTrue(e.getMessage() == null || !e.getMessage().isEmpty(), "closed while we wrote");
        }
      }
      try (RawClient honest = new RawClient(node).negotiate(true)) {
        honest.request(0, 3, 0, 0);
        assertEquals(0, honest.simpleError());
      }
    }
  }

  private static void scribble(RawClient client, int stage, byte[] noise) throws IOException {
    if (stage > 0) {
      client.greet(3);
    }
    if (stage > 1) {
      client.option(7, RawClient.go("x"));
    }
    client.send(ByteBuffer.allocate(noise.length).put(noise));
  }
}
