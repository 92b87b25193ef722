package org.culebra.cli.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.culebra.cli.CommandLineRun;
import org.culebra.cli.text.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ControlServerTest {
  private static final String LIST = "{\"id\":1,\"command\":\"list\"}\n";

  @TempDir private Path directory;
  private final FakeDisks disks = new FakeDisks();
  private final CountDownLatch stalled = new CountDownLatch(1);
  private Path path;
  private ControlServer server;

  @BeforeEach
  void start() throws IOException {
    path = directory.resolve("c");
    server = ControlServer.listen(path);
    ControlCommands commands = new ControlCommands();
    DiskCommands.addTo(commands, disks);
    commands.add("stall", arguments -> Json.object().put("done", await(stalled)));
    server.start(commands);
  }

  @AfterEach
  void close() throws IOException {
    stalled.countDown();
    server.close();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      return false;
    }
  }

  /** A client that writes what it likes. */
  private record RawClient(SocketChannel channel, BufferedReader reader) implements AutoCloseable {
    static RawClient connect(Path path) throws IOException {
      SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
      return new RawClient(
          channel, new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)));
    }

    void send(String text) throws IOException {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    String receive() throws IOException {
      return reader.readLine();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void shouldBeForItsOwnerOnlyAndLeaveNothingBehind() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
    server.close();
    assertFalse(Files.exists(path));
  }

  @Test
  void shouldAnswerRequestsInTheirOrderHoweverTheyAreCut() throws IOException {
    try (RawClient client = RawClient.connect(path)) {
      client.send("{\"id\":1,\"comm");
      client.send(
          "and\":\"stop\",\"arguments\":{\"disk\":\"d0\"}}\n\n{\"id\":2,\"command\":\"x\"}\r\n");
      assertEquals("{\"id\":1,\"return\":{}}", client.receive());
      assertTrue(client.receive().startsWith("{\"id\":2,\"error\":{\"class\":\"CommandNotFound\""));
      assertEquals(List.of("d0"), disks.stopped);
    }
  }

  @Test
  void shouldAnswerNoJsonAndGoOn() throws IOException {
    try (RawClient client = RawClient.connect(path)) {
      client.send("hello\n" + LIST);
      assertTrue(
          client.receive().startsWith("{\"id\":null,\"error\":{\"class\":\"InvalidRequest\""));
      assertTrue(client.receive().startsWith("{\"id\":1,\"return\":[{\"name\":\"d0\""));
    }
  }

  @Test
  void shouldAnswerALineThatIsTooLongAndGoOnAfterIt() throws IOException {
    try (RawClient client = RawClient.connect(path)) {
      client.send(" ".repeat(ControlServer.LINE_BYTES_MAX - LIST.length() + 1) + LIST);
      assertTrue(client.receive().startsWith("{\"id\":1,\"return\""));
      client.send("x".repeat(3 * ControlServer.LINE_BYTES_MAX) + "\n" + LIST);
      assertEquals(
          "{\"id\":null,\"error\":{\"class\":\"InvalidRequest\",\"desc\":\"a line has at most 65536"
              + " bytes\"}}",
          client.receive());
      assertTrue(client.receive().startsWith("{\"id\":1,\"return\""));
    }
  }

  @Test
  void shouldServeOthersWhileOneCommandTakesLong() throws IOException {
    try (RawClient slow = RawClient.connect(path);
        RawClient other = RawClient.connect(path)) {
      slow.send("{\"id\":1,\"command\":\"stall\"}\n");
      other.send(LIST);
      assertTrue(other.receive().startsWith("{\"id\":1,\"return\""));
      stalled.countDown();
      assertEquals("{\"id\":1,\"return\":{\"done\":true}}", slow.receive());
    }
  }

  @Test
  void shouldServeOthersWhileOneClientDoesNotRead() throws IOException {
    try (RawClient deaf = RawClient.connect(path);
        RawClient other = RawClient.connect(path)) {
      deaf.channel().configureBlocking(false);
      ByteBuffer requests = StandardCharsets.UTF_8.encode(LIST.repeat(2000));
      // Until no more is taken: the queue of answers and all buffers on the way are full.
      long deadlineNs = System.nanoTime() + 300_000_000L;
      while (System.nanoTime() < deadlineNs) {
        deaf.channel().write(requests.hasRemaining() ? requests : requests.rewind());
      }
      other.send(LIST);
      assertTrue(other.receive().startsWith("{\"id\":1,\"return\""));
      server.publish("tick", Json.object());
      assertEquals("{\"event\":\"tick\",\"data\":{}}", other.receive());
    }
  }

  @Test
  void shouldEndTheThreadsOfAClientThatLeavesWithoutReading() throws IOException {
    try (RawClient deaf = RawClient.connect(path)) {
      deaf.channel().configureBlocking(false);
      ByteBuffer requests = StandardCharsets.UTF_8.encode(LIST.repeat(2000));
      long deadlineNs = System.nanoTime() + 300_000_000L;
      while (System.nanoTime() < deadlineNs) {
        deaf.channel().write(requests.hasRemaining() ? requests : requests.rewind());
      }
    }
    long deadlineNs = System.nanoTime() + 10_000_000_000L;
    while (clientThreads() > 0 && System.nanoTime() < deadlineNs) {
      Thread.onSpinWait();
    }
    assertEquals(0, clientThreads());
  }

  private static long clientThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("culebra-control-(reader|writer)"))
        .count();
  }

  @Test
  void shouldServeManyClientsAtOnceAndRefuseOneTooMany() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < ControlServer.CLIENTS_MAX; i++) {
      clients.add(RawClient.connect(path));
    }
    for (RawClient client : clients) {
      client.send(LIST);
    }
    for (RawClient client : clients) {
      assertTrue(client.receive().startsWith("{\"id\":1,\"return\""));
    }
    try (RawClient surplus = RawClient.connect(path)) {
      assertNull(surplus.receive());
    }
    for (RawClient client : clients) {
      client.close();
    }
  }

  @Test
  void shouldRefuseAPathThatIsInUseOrNoSocket() throws IOException {
    var inUse = assertThrows(IOException.class, () -> ControlServer.listen(path));
    assertEquals("control " + path + ": in use: another process listens on it", inUse.getMessage());
    Path file = Files.writeString(directory.resolve("f"), "precious");
    var noSocket = assertThrows(IOException.class, () -> ControlServer.listen(file));
    assertEquals("control " + file + ": exists and is no socket", noSocket.getMessage());
    assertEquals("precious", Files.readString(file));
    Path tooLong = directory.resolve("x".repeat(108));
    var wrong = assertThrows(IOException.class, () -> ControlServer.listen(tooLong));
    assertEquals(
        "control " + tooLong + ": a socket's path has at most 107 bytes", wrong.getMessage());
    Path missing = directory.resolve("no/c");
    var noDirectory = assertThrows(IOException.class, () -> ControlServer.listen(missing));
    assertEquals("control " + missing + ": no such directory", noDirectory.getMessage());
    var empty = assertThrows(IOException.class, () -> ControlServer.listen(Path.of("")));
    assertEquals("control: a path is empty", empty.getMessage());
  }

  @Test
  void shouldReplaceASocketThatNobodyListensOn() throws IOException {
    Path stale = directory.resolve("stale");
    try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(stale));
    }
    assertTrue(Files.exists(stale));
    try (ControlServer next = ControlServer.listen(stale)) {
      next.start(new ControlCommands());
      ControlClient.connect(stale).close();
    }
  }

  @Test
  void shouldShowTablesToAPersonAndJsonToAProgram() {
    CommandLineRun list = CommandLineRun.of("list", "--control", path.toString());
    assertEquals(
        """
        disk  socket       device    access  state      size  rings  requests
        d0    /tmp/a.sock  qcow2 /a  rw      serving   1 GiB      2        77
        d1    fd=3         raw /b    ro      inactive  512 B      0         0
        """,
        list.out());
    CommandLineRun json = CommandLineRun.of("list", "d1", "--control=" + path, "--output", "json");
    assertTrue(json.out().startsWith("[\n    {\n        \"name\": \"d1\",\n"), json.out());
    CommandLineRun latency = CommandLineRun.of("latency", "--control=" + path, "--per-queue");
    assertTrue(latency.out().startsWith("disk  queue  operation  count"), latency.out());
    assertTrue(latency.out().contains("\nd0    1      read           1 "), latency.out());
  }

  @Test
  void shouldTellTheServersErrorAndExitWith1() {
    CommandLineRun run = CommandLineRun.of("stop", "--control=" + path, "x");
    assertEquals(new CommandLineRun(1, "", "culebra: disk x: no such disk\n"), run);
    CommandLineRun nobody = CommandLineRun.of("list", "--control=" + directory.resolve("none"));
    assertEquals(1, nobody.code());
    assertEquals(
        "culebra: control "
            + directory.resolve("none")
            + ": no such file or directory: no culebra serve listens here\n",
        nobody.err());
  }

  @Test
  void shouldStopOneDiskAndSaySo() {
    CommandLineRun run = CommandLineRun.of("stop", "--control=" + path, "d1");
    assertEquals(new CommandLineRun(0, "disk d1: stopped, drained\n", ""), run);
  }

  @Test
  void shouldWaitForTheEndOfTheProcessAndPassItsStatusOn() throws Exception {
    Thread ender =
        Thread.ofPlatform()
            .start(
                () -> {
                  await(disks.endRequested);
                  server.publish(StopCommand.END_EVENT, Json.object().put("status", 1));
                });
    CommandLineRun run = CommandLineRun.of("stop", "--control=" + path);
    ender.join();
    assertEquals(new CommandLineRun(1, "all disks: stopped, requests were cancelled\n", ""), run);
  }
}
