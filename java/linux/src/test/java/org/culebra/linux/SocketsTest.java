package org.culebra.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketsTest {
  private static final int CONNECT_TIMEOUT_MS = 5_000;

  @TempDir private Path directory;
  private NativeBuffer buffer;
  private Path path;
  private int openBefore;

  @BeforeEach
  void open() {
    Errno.name(Errno.EPERM);
    path = directory.resolve("s");
    buffer = NativeBuffer.allocate(4096, 4096);
    openBefore = Fd.openCount();
  }

  @AfterEach
  void close() {
    buffer.close();
    assertEquals(openBefore, Fd.openCount(), "open descriptors");
  }

  private void say(int from, int to, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    Memory.put(buffer.address(), bytes, 0, bytes.length);
    assertEquals(bytes.length, Sockets.send(from, buffer.address(), bytes.length));
    Memory.fill(buffer.address(), bytes.length, (byte) 0);
    assertEquals(bytes.length, Sockets.receive(to, buffer.address(), 100));
    byte[] received = new byte[bytes.length];
    Memory.get(buffer.address(), received, 0, received.length);
    assertArrayEquals(bytes, received);
  }

  private static int acceptSoon(int listening) throws LinuxException {
    try (Epoll epoll = new Epoll()) {
      epoll.add(listening, Epoll.IN);
      epoll.await(-1);
    }
    int fd = Sockets.accept(listening);
    assertTrue(fd >= 0, "accept " + fd);
    return fd;
  }

  @Test
  void shouldTalkBothWaysOverAUnixSocket() throws LinuxException {
    int listening = Sockets.listenUnix(path, 4);
    assertEquals(-Errno.EAGAIN, Sockets.accept(listening));
    int client = Sockets.connectUnix(path);
    int server = acceptSoon(listening);
    say(client, server, "ping");
    say(server, client, "pong");
    Fd.close(client);
    assertEquals(0, Sockets.receive(server, buffer.address(), 10));
    Fd.close(server);
    Fd.close(listening);
  }

  @Test
  void shouldNotBlockOnAnAcceptedSocket() throws LinuxException {
    int listening = Sockets.listenUnix(path, 4);
    int client = Sockets.connectUnix(path);
    int server = acceptSoon(listening);
    assertEquals(-Errno.EAGAIN, Sockets.receive(server, buffer.address(), 10));
    Fd.close(client);
    Fd.close(server);
    Fd.close(listening);
  }

  @Test
  void shouldAcceptOnAnInheritedListeningSocketWithoutBlocking() throws LinuxException {
    // an inherited socket is one that blocks and that this process knows by number only
    int listening = Sockets.listenUnix(path, 4);
    int inherited = Fd.duplicate(listening);
    Fd.close(listening);
    Fd.setNonBlocking(inherited, false);
    assertTrue(Sockets.isListening(inherited));
    assertEquals(-Errno.EAGAIN, Sockets.accept(inherited));
    int client = Sockets.connectUnix(path);
    int server = acceptSoon(inherited);
    say(client, server, "hello");
    Fd.close(client);
    Fd.close(server);
    Fd.close(inherited);
  }

  @Test
  void shouldReplaceASocketFileOnWhichNobodyListens() throws LinuxException {
    Fd.close(Sockets.listenUnix(path, 4));
    assertTrue(java.nio.file.Files.exists(path));
    int listening = Sockets.listenUnix(path, 4);
    Fd.close(Sockets.connectUnix(path));
    Fd.close(listening);
  }

  @Test
  void shouldRefuseAPathThatIsInUse() throws LinuxException {
    int listening = Sockets.listenUnix(path, 4);
    LinuxException e = assertThrows(LinuxException.class, () -> Sockets.listenUnix(path, 4));
    assertEquals("listen " + path + ": in use by another process", e.getMessage());
    assertEquals(Errno.EADDRINUSE, e.errno());
    Fd.close(Sockets.connectUnix(path));
    Fd.close(listening);
  }

  @Test
  void shouldLeaveAFileAloneThatIsNoSocket() throws IOException {
    java.nio.file.Files.writeString(path, "precious");
    LinuxException e = assertThrows(LinuxException.class, () -> Sockets.listenUnix(path, 4));
    assertEquals("listen " + path + ": exists and is no socket", e.getMessage());
    assertEquals("precious", java.nio.file.Files.readString(path));
  }

  @Test
  void shouldGiveTheSocketFileItsModeFromTheBeginning() throws IOException {
    int listening = Sockets.listenUnix(path, 4, 0600);
    assertEquals(
        PosixFilePermissions.fromString("rw-------"),
        java.nio.file.Files.getPosixFilePermissions(path));
    Fd.close(listening);
  }

  @Test
  void shouldTakeAPathOf107BytesAndRefuseOneMore() throws LinuxException {
    int missing = Sockets.UNIX_PATH_BYTES_MAX - directory.toString().length() - 1;
    Path longest = directory.resolve("x".repeat(missing));
    Fd.close(Sockets.listenUnix(longest, 4));
    Path tooLong = directory.resolve("x".repeat(missing + 1));
    LinuxException e = assertThrows(LinuxException.class, () -> Sockets.listenUnix(tooLong, 4));
    assertEquals(
        "listen " + tooLong + ": 108 bytes: a unix socket's path has at most 107", e.getMessage());
    assertEquals(Errno.ENAMETOOLONG, e.errno());
    assertThrows(LinuxException.class, () -> Sockets.connectUnix(tooLong));
  }

  @Test
  void shouldNameThePathThatRefuses() throws LinuxException {
    Fd.close(Sockets.listenUnix(path, 4));
    LinuxException e = assertThrows(LinuxException.class, () -> Sockets.connectUnix(path));
    assertEquals("connect " + path + ": ECONNREFUSED (Connection refused)", e.getMessage());
  }

  @Test
  void shouldTalkOverTcpOnAPortOfTheSystemsChoice() throws LinuxException {
    int listening = Sockets.listenTcp("127.0.0.1", 0);
    int port = Sockets.localPort(listening);
    int client = Sockets.connectTcp("127.0.0.1", port, CONNECT_TIMEOUT_MS);
    int server = acceptSoon(listening);
    Sockets.noDelay(client);
    say(client, server, "ping");
    Fd.close(client);
    Fd.close(server);
    Fd.close(listening);
  }

  @Test
  void shouldNameHostAndPortThatRefuse() throws LinuxException {
    int listening = Sockets.listenTcp("127.0.0.1", 0);
    int port = Sockets.localPort(listening);
    Fd.close(listening);
    LinuxException e =
        assertThrows(
            LinuxException.class, () -> Sockets.connectTcp("127.0.0.1", port, CONNECT_TIMEOUT_MS));
    assertEquals(
        "connect 127.0.0.1:" + port + ": ECONNREFUSED (Connection refused)", e.getMessage());
  }

  @Test
  void shouldGiveUpAfterTheTimeoutWhenNobodyAnswers() throws LinuxException {
    // a backlog that is full drops the SYN: two connections fill a backlog of one
    int listening = Sockets.listenTcp("127.0.0.1", 0);
    int port = Sockets.localPort(listening);
    List<Integer> clients = new ArrayList<>();
    LinuxException e =
        assertThrows(
            LinuxException.class,
            () -> {
              for (int i = 0; i < 1000; i++) {
                clients.add(Sockets.connectTcp("127.0.0.1", port, 50));
              }
            });
    assertEquals(Errno.ETIMEDOUT, e.errno());
    clients.forEach(Fd::close);
    Fd.close(listening);
  }

  @Test
  void shouldTellListeningSocketsFromOthersAndSocketsFromOthers() throws LinuxException {
    int listening = Sockets.listenUnix(path, 1);
    int[] pair = Sockets.pair();
    int eventFd = EventFd.open();
    assertTrue(Sockets.isListening(listening));
    assertTrue(Sockets.isSocket(listening));
    assertFalse(Sockets.isListening(pair[0]));
    assertTrue(Sockets.isSocket(pair[0]));
    assertFalse(Sockets.isListening(eventFd));
    assertFalse(Sockets.isSocket(eventFd));
    for (int fd : new int[] {listening, pair[0], pair[1], eventFd}) {
      Fd.close(fd);
    }
  }

  @Test
  void shouldMoveScatteredMemory() throws LinuxException {
    int[] pair = Sockets.pair();
    long memory = buffer.address();
    try (IoVector out = new IoVector(2);
        IoVector in = new IoVector(2)) {
      out.add(memory, 3);
      out.add(memory + 100, 5);
      in.add(memory + 200, 6);
      in.add(memory + 300, 2);
      Memory.put(memory, "abc".getBytes(US_ASCII), 0, 3);
      Memory.put(memory + 100, "defgh".getBytes(US_ASCII), 0, 5);
      assertEquals(8, Sockets.sendVector(pair[0], out.iovecAddress(), out.count()));
      assertEquals(8, Sockets.receiveVector(pair[1], in.iovecAddress(), in.count()));
      assertEquals('f', Memory.getByte(memory + 205));
      assertEquals('g', Memory.getByte(memory + 300));
      assertEquals('h', Memory.getByte(memory + 301));
    }
    Fd.close(pair[0]);
    Fd.close(pair[1]);
  }

  @Test
  void shouldGetAnErrorAndNoSignalFromAPeerThatIsGone() throws LinuxException {
    int[] pair = Sockets.pair();
    Fd.close(pair[1]);
    assertEquals(-Errno.EPIPE, Sockets.send(pair[0], buffer.address(), 1));
    Fd.close(pair[0]);
  }

  @Test
  void shouldSeeTheEndAfterAShutdown() throws LinuxException {
    int[] pair = Sockets.pair();
    Sockets.shutdown(pair[0]);
    assertEquals(0, Sockets.receive(pair[0], buffer.address(), 1));
    assertEquals(0, Sockets.receive(pair[1], buffer.address(), 1));
    Fd.close(pair[0]);
    Fd.close(pair[1]);
  }

  @Test
  void shouldLeakNoDescriptorOverAThousandConnections() throws LinuxException {
    int listening = Sockets.listenUnix(path, 4);
    int before = Fd.openCount();
    for (int i = 0; i < 1000; i++) {
      int client = Sockets.connectUnix(path);
      Fd.close(acceptSoon(listening));
      Fd.close(client);
    }
    assertEquals(before, Fd.openCount());
    Fd.close(listening);
  }

  @Test
  void shouldAllocateNothingWhenWarm() throws LinuxException {
    int[] pair = Sockets.pair();
    Allocation.assertNone(20_000, () -> sendAndReceive(pair));
    Fd.close(pair[0]);
    Fd.close(pair[1]);
  }

  private void sendAndReceive(int[] pair) {
    long sent = Sockets.send(pair[0], buffer.address(), 64);
    long received = Sockets.receive(pair[1], buffer.address(), 64);
    assert sent == received;
  }
}
