package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FdPassingTest {
  private static final int MESSAGE_BYTES = 12;

  private NativeBuffer buffer;
  private int[] pair;
  private final FdList sent = new FdList();
  private final FdList received = new FdList();
  private int openBefore;

  @BeforeEach
  void open() throws LinuxException {
    buffer = NativeBuffer.allocate(4096, 8);
    pair = Sockets.pair();
    openBefore = Fd.openCount();
  }

  @AfterEach
  void close() {
    assertEquals(openBefore, Fd.openCount(), "open descriptors");
    Fd.close(pair[0]);
    Fd.close(pair[1]);
    buffer.close();
  }

  private int send(int from, int bytes) {
    return Sockets.sendWithFds(from, buffer.address(), bytes, sent);
  }

  private int receive(int to, int bytes) {
    return Sockets.receiveWithFds(to, buffer.address(), bytes, received);
  }

  private void addEventFds(int count) throws LinuxException {
    for (int i = 0; i < count; i++) {
      sent.add(EventFd.open());
    }
  }

  @Test
  void shouldPassDescriptorsBothWays() throws LinuxException {
    addEventFds(2);
    assertEquals(MESSAGE_BYTES, send(pair[0], MESSAGE_BYTES));
    assertEquals(MESSAGE_BYTES, receive(pair[1], 100));
    assertEquals(2, received.count());
    assertNotEquals(sent.get(1), received.get(1));
    EventFd.signal(received.get(1));
    assertTrue(EventFd.drain(sent.get(1)));
    received.closeAll();
    assertEquals(MESSAGE_BYTES, send(pair[1], MESSAGE_BYTES));
    assertEquals(MESSAGE_BYTES, receive(pair[0], 100));
    assertEquals(2, received.count());
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldReceiveDescriptorsWithTheFirstByte() throws LinuxException {
    addEventFds(1);
    assertEquals(MESSAGE_BYTES, send(pair[0], MESSAGE_BYTES));
    assertEquals(1, receive(pair[1], 1));
    assertEquals(1, received.count());
    assertEquals(MESSAGE_BYTES - 1, receive(pair[1], 100));
    assertEquals(1, received.count());
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldSendNoneWhenTheListIsEmpty() {
    assertEquals(MESSAGE_BYTES, send(pair[0], MESSAGE_BYTES));
    assertEquals(MESSAGE_BYTES, receive(pair[1], 100));
    assertEquals(0, received.count());
  }

  @Test
  void shouldPassAsManyAsAListHolds() throws LinuxException {
    addEventFds(FdList.MAX);
    assertEquals(MESSAGE_BYTES, send(pair[0], MESSAGE_BYTES));
    assertEquals(MESSAGE_BYTES, receive(pair[1], 100));
    assertEquals(FdList.MAX, received.count());
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldAppendToWhatTheListHas() throws LinuxException {
    addEventFds(2);
    send(pair[0], MESSAGE_BYTES);
    receive(pair[1], MESSAGE_BYTES);
    int first = received.get(0);
    send(pair[0], MESSAGE_BYTES);
    receive(pair[1], MESSAGE_BYTES);
    assertEquals(4, received.count());
    assertEquals(first, received.get(0));
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldCloseAllThatCameWhenTheListHasNoRoomForThem() throws LinuxException {
    addEventFds(FdList.MAX);
    send(pair[0], MESSAGE_BYTES);
    int kept = EventFd.open();
    received.add(kept);
    assertEquals(-Errno.EMSGSIZE, receive(pair[1], MESSAGE_BYTES));
    assertEquals(1, received.count());
    assertEquals(kept, received.get(0));
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldSeeTheEndOfTheStream() {
    Sockets.shutdown(pair[0]);
    assertEquals(0, receive(pair[1], MESSAGE_BYTES));
  }

  @Test
  void shouldReceiveThemCloseOnExec() throws IOException {
    addEventFds(1);
    send(pair[0], MESSAGE_BYTES);
    receive(pair[1], MESSAGE_BYTES);
    Path status = Path.of("/proc/self/fdinfo/" + received.get(0));
    // flags are octal: 02000000 is O_CLOEXEC
    String flags = java.nio.file.Files.readAllLines(status).get(1);
    assertTrue(flags.matches("flags:\\s+02.{6}"), flags);
    received.closeAll();
    sent.closeAll();
  }

  @Test
  void shouldMoveLaterOnesUpWhenOneIsTaken() throws LinuxException {
    addEventFds(3);
    int second = sent.get(1);
    int third = sent.get(2);
    assertEquals(second, sent.take(1));
    assertEquals(2, sent.count());
    assertEquals(third, sent.get(1));
    Fd.close(second);
    sent.closeAll();
    assertEquals(0, sent.count());
  }

  @Test
  void shouldForgetWithoutClosing() throws LinuxException {
    addEventFds(1);
    int fd = sent.get(0);
    sent.clear();
    assertEquals(0, sent.count());
    EventFd.signal(fd);
    assertTrue(EventFd.drain(fd));
    Fd.close(fd);
  }

  @Test
  void shouldAllocateNothingWhenWarm() throws LinuxException {
    addEventFds(1);
    Allocation.assertNone(20_000, this::passOne);
    sent.closeAll();
  }

  private void passOne() {
    int bytes = send(pair[0], MESSAGE_BYTES);
    assert receive(pair[1], MESSAGE_BYTES) == bytes;
    received.closeAll();
  }
}
