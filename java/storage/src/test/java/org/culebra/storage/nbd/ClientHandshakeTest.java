package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.stream.Stream;
import org.culebra.block.Limits;
import org.culebra.linux.Fd;
import org.culebra.storage.Lines;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.TempDirectory;
import org.culebra.storage.nbd.ScriptedPeer.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Option haggling with honest, old and lying servers (NBD: Newstyle negotiation). */
@Timeout(30)
class ClientHandshakeTest {
  private static final int GO = Negotiation.OPT_GO;
  private static final int SIZE = 1 << 20;

  /** Long enough for an answer on a busy machine. */
  private static final long LIMIT_NS = 2_000_000_000L;

  private static TargetOptions options() {
    return TargetOptions.of(new Lines());
  }

  private static final byte[] NONE = {};

  static Stream<Arguments> lies() {
    return Stream.of(greetingLies(), replyLies(), goLies(), refusals(), infoLies())
        .flatMap(lies -> lies);
  }

  private static Stream<Arguments> greetingLies() {
    return Stream.of(
        lie(
            "greeting 0x4854",
            c ->
                c.send(
                    Conversation.buffer(99)
                        .put("HTTP/1.1 400 Bad Request and so on, for long".getBytes()))),
        lie(
            "greeting magic 0x",
            c -> c.send(Conversation.buffer(16).putLong(Negotiation.INIT_PASSWD).putLong(7))),
        lie(
            "oldstyle negotiation",
            c ->
                c.send(
                    Conversation.buffer(16)
                        .putLong(Negotiation.INIT_PASSWD)
                        .putLong(Negotiation.OLDSTYLE_MAGIC))),
        lie("no answer within 2 s", Conversation::silence),
        lie("the server closed the connection", c -> c.greet(3)));
  }

  private static Stream<Arguments> replyLies() {
    return Stream.of(
        lie(
            "option reply magic",
            c -> {
              c.greet(3);
              c.receive(20);
              c.send(Conversation.buffer(20).putLong(1).putInt(8).putInt(1).putInt(0));
              c.silence();
            }),
        lie(
            "reply to option 7: option 8 was sent",
            c -> {
              c.greet(3);
              c.receive(20);
              c.optionReply(7, 1, NONE);
              c.silence();
            }),
        lie(
            "reply 2 to NBD_OPT_STRUCTURED_REPLY",
            c -> {
              c.greet(3);
              c.receive(20);
              c.optionReply(8, 2, NONE);
              c.silence();
            }),
        lie(
            "demands TLS",
            c -> {
              c.greet(3);
              c.receive(20);
              c.optionReply(8, Negotiation.REP_ERR_TLS_REQD, NONE);
              c.silence();
            }),
        lie(
            "ERR_SHUTDOWN (going home)",
            c -> {
              c.greet(3);
              c.receive(20);
              c.optionReply(8, Negotiation.REP_ERR_SHUTDOWN, "going\nhome".getBytes());
              c.silence();
            }));
  }

  private static Stream<Arguments> goLies() {
    return Stream.of(
        lie(
            "option reply of 4294967295 bytes",
            c -> {
              c.untilGo(true);
              c.send(
                  Conversation.buffer(20)
                      .putLong(Negotiation.OPTION_REPLY_MAGIC)
                      .putInt(GO)
                      .putInt(3)
                      .putInt(-1));
              c.silence();
            }),
        lie(
            "accepted without NBD_INFO_EXPORT",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, 1, NONE);
              c.silence();
            }),
        lie(
            "NBD_INFO_EXPORT of 11 bytes",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, 3, new byte[11]);
              c.silence();
            }),
        lie(
            "NBD_INFO_BLOCK_SIZE of 13 bytes",
            c -> {
              c.untilGo(true);
              c.optionReply(
                  GO, 3, java.util.Arrays.copyOf(Conversation.sizesInfo(1, 512, 512), 13));
              c.silence();
            }),
        lie(
            "reply 3 to NBD_OPT_GO",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, 3, new byte[1]);
              c.silence();
            }),
        lie(
            "reply 2 to NBD_OPT_GO",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, 2, Conversation.exportInfo(SIZE, 1));
              c.silence();
            }),
        lie(
            "more than 64 replies",
            c -> {
              c.untilGo(true);
              for (int i = 0; i < 65; i++) {
                c.optionReply(GO, 3, Conversation.exportInfo(SIZE, 1));
              }
              c.silence();
            }));
  }

  private static Stream<Arguments> refusals() {
    return Stream.of(
        lie(
            "not an export of this server: ERR_UNKNOWN (no such)",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, Negotiation.REP_ERR_UNKNOWN, "no such".getBytes());
              c.silence();
            }),
        lie(
            "ERR_POLICY",
            c -> {
              c.untilGo(true);
              c.optionReply(GO, Negotiation.REP_ERR_POLICY, NONE);
              c.silence();
            }));
  }

  private static Stream<Arguments> infoLies() {
    return Stream.of(
        lie(
            "export size 18446744073709551615",
            c -> {
              c.handshake(-1, 1, true);
              c.silence();
            }),
        lie(
            "bit 0 must be set",
            c -> {
              c.handshake(SIZE, 4, true);
              c.silence();
            }),
        lie(
            "minimum block size 3",
            c -> {
              c.handshake(SIZE, 1, true, Conversation.sizesInfo(3, 512, SIZE));
              c.silence();
            }),
        lie(
            "minimum block size 131072",
            c -> {
              c.handshake(SIZE, 1, true, Conversation.sizesInfo(131072, 131072, SIZE));
              c.silence();
            }),
        lie(
            "preferred block size 256",
            c -> {
              c.handshake(SIZE, 1, true, Conversation.sizesInfo(1, 256, SIZE));
              c.silence();
            }),
        lie(
            "maximum payload size 4095",
            c -> {
              c.handshake(SIZE, 1, true, Conversation.sizesInfo(1, 4096, 4095));
              c.silence();
            }),
        lie(
            "no answer within",
            c -> {
              c.untilGo(true);
              c.send(Conversation.buffer(10).putLong(Negotiation.OPTION_REPLY_MAGIC));
              c.silence();
            }));
  }

  private static Arguments lie(String text, Script script) {
    return arguments(text, script);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void shouldRefuseALiarInOneLineWithinTheTime(String text, Script script) throws IOException {
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options().withConnectTimeoutNs(LIMIT_NS))) {
      int before = Fd.openCount();
      long beganNs = System.nanoTime();
      IOException e = assertThrows(IOException.class, device::activate);
      assertTrue(System.nanoTime() - beganNs < 5 * LIMIT_NS);
      assertTrue(e.getMessage().startsWith(peer.target().toString()), e.getMessage());
      assertTrue(e.getMessage().contains(text), e.getMessage());
      assertEquals(1, e.getMessage().lines().count());
      Lines.await("the connection is closed", () -> Fd.openCount() <= before);
    }
  }

  // A listener that never accepts, with a backlog of 1: two connections fit, the third waits.
  @Test
  void shouldGiveUpOnAFullBacklog() throws Exception {
    try (TempDirectory directory = new TempDirectory();
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      var address = UnixDomainSocketAddress.of(directory.file("s"));
      listener.bind(address, 1);
      TargetUri target = new TargetUri.NbdUnix(directory.file("s"), "");
      try (SocketChannel first = SocketChannel.open(address);
          SocketChannel second = SocketChannel.open(address);
          NbdDevice device = new NbdDevice(target, options().withConnectTimeoutNs(LIMIT_NS / 4))) {
        assertTrue(first.isConnected() && second.isConnected());
        IOException e = assertThrows(IOException.class, device::activate);
        assertTrue(e.getMessage().contains("ETIMEDOUT"), e.getMessage());
      }
    }
  }

  @Test
  void shouldNegotiateNewstyleThatIsNotFixed() throws Exception {
    Script script =
        c -> {
          c.greet(0);
          assertEquals(0, c.receive(4).getInt());
          assertEquals("x", new String(c.option(Negotiation.OPT_EXPORT_NAME)));
          c.send(Conversation.buffer(134).putLong(SIZE).putShort((short) 1).put(new byte[124]));
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options())) {
      device.activate();
      assertEquals(SIZE, device.capacityBytes());
      assertEquals(1, device.capabilities().queuesMax());
    }
  }

  @Test
  void shouldFallBackToExportNameWhenGoIsUnknown() throws Exception {
    Script script =
        c -> {
          c.untilGo(false);
          c.optionReply(GO, Negotiation.REP_ERR_UNSUP, new byte[0]);
          c.option(Negotiation.OPT_EXPORT_NAME);
          c.send(Conversation.buffer(10).putLong(SIZE).putShort((short) 3));
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options())) {
      device.activate();
      assertEquals(SIZE, device.capacityBytes());
      assertTrue(device.capabilities().readOnly());
    }
  }

  @Test
  void shouldTakeSizeConstraintsAsLimits() throws Exception {
    // 1 MiB and 100 bytes: the last 100 can't be reached in units of 4096.
    Script script =
        c -> {
          c.handshake(SIZE + 100, 1 | 1 << 8, true, Conversation.sizesInfo(4096, 65536, SIZE));
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options().withConnectionsMax(3))) {
      device.activate();
      assertEquals(SIZE, device.capacityBytes());
      assertEquals(new Limits(4096, 1, 65536, 65536, 65536), device.limits());
      assertEquals(3, device.capabilities().queuesMax());
    }
  }

  @Test
  void shouldRefuseAFurtherConnectionThatFindsAnotherExport() throws Exception {
    var sizes = new java.util.concurrent.atomic.AtomicLong(SIZE);
    Script script =
        c -> {
          c.handshake(sizes.getAndAdd(512), 1 | 1 << 8, true);
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = new NbdDevice(peer.target(), options())) {
      device.activate();
      var first = device.openQueue(1);
      IOException e = assertThrows(IOException.class, () -> device.openQueue(1));
      assertTrue(e.getMessage().contains("must be as on the first connection"), e.getMessage());
      first.close();
    }
  }
}
