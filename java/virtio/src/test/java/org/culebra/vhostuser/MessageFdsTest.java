package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages and their descriptors through a real socket; each descriptor is closed once. */
class MessageFdsTest {
  private final MessageReader reader = new MessageReader();
  private final MessageWriter writer = new MessageWriter();
  private final Message message = new Message();
  private final FdList fds = new FdList();
  private int openBefore;
  private int near;
  private int far;

  @BeforeEach
  void open() throws LinuxException {
    EventFd.drain(-1); // loads the library, which may keep a descriptor
    openBefore = Fd.openCount();
    int[] pair = Sockets.pair();
    near = pair[0];
    far = pair[1];
    Fd.setNonBlocking(near, true);
    Fd.setNonBlocking(far, true);
  }

  @AfterEach
  void shouldHaveClosedEveryDescriptor() {
    writer.close();
    reader.close();
    message.close();
    fds.closeAll();
    Fd.close(near);
    Fd.close(far);
    assertEquals(openBefore, Fd.openCount());
  }

  private int write() {
    return writer.write((a, n, f) -> Sockets.sendWithFds(near, a, n, f), message, fds);
  }

  private int read() {
    return reader.read((a, n, f) -> Sockets.receiveWithFds(far, a, n, f));
  }

  private void send(RequestType type, int fdCount) throws LinuxException {
    Samples.build(message, type);
    for (int i = 0; i < fdCount; i++) {
      fds.add(EventFd.open());
    }
    assertEquals(0, write());
    fds.closeAll();
  }

  @Test
  void shouldPassAnEventfdThatTheReceiverTakes() throws LinuxException {
    Samples.build(message, RequestType.SET_VRING_KICK);
    fds.add(EventFd.open());
    assertEquals(0, write());
    assertEquals(MessageReader.READY, read());
    int kick = reader.fds().take(0);
    assertNotEquals(fds.get(0), kick);
    EventFd.signal(fds.get(0));
    assertTrue(EventFd.drain(kick));
    Fd.close(kick);
  }

  @Test
  void shouldKeepDescriptorsApartOfMessagesSentAtOnce() throws LinuxException {
    send(RequestType.SET_OWNER, 0);
    send(RequestType.SET_VRING_KICK, 1);
    send(RequestType.SET_MEM_TABLE, 2);
    send(RequestType.SET_FEATURES, 0);
    int[] counts = new int[4];
    for (int i = 0; i < counts.length; i++) {
      assertEquals(MessageReader.READY, read());
      counts[i] = reader.fds().count();
    }
    assertEquals("0 1 2 0", counts[0] + " " + counts[1] + " " + counts[2] + " " + counts[3]);
    assertEquals(MessageReader.AGAIN, read());
  }

  @Test
  void shouldCloseDescriptorsNobodyTookWhenTheNextMessageBegins() throws LinuxException {
    send(RequestType.SET_OWNER, 3);
    send(RequestType.SET_OWNER, 0);
    assertEquals(MessageReader.READY, read());
    int openWithThem = Fd.openCount();
    assertEquals(MessageReader.READY, read());
    assertEquals(openWithThem - 3, Fd.openCount());
  }

  @Test
  void shouldCloseDescriptorsNobodyTookWhenTheReaderCloses() throws LinuxException {
    send(RequestType.SET_MEM_TABLE, 2);
    assertEquals(MessageReader.READY, read());
    assertEquals(2, reader.fds().count());
  }

  @Test
  void shouldCloseDescriptorsOfAMessageThatNeverArrivesWhole() throws LinuxException {
    Samples.build(message, RequestType.SET_VRING_KICK);
    fds.add(EventFd.open());
    Sockets.sendWithFds(near, message.address(), 7, fds);
    assertEquals(MessageReader.AGAIN, read());
    assertEquals(1, reader.fds().count());
    Sockets.shutdown(near);
    assertEquals(MessageReader.BROKEN, read());
    assertEquals(0, reader.fds().count());
    assertEquals("7 bytes of a message, then the end of the stream", reader.fault());
  }

  @Test
  void shouldTakeTheMostDescriptorsThatAListHolds() throws LinuxException {
    send(RequestType.SET_OWNER, FdList.MAX);
    assertEquals(MessageReader.READY, read());
    assertEquals(FdList.MAX, reader.fds().count());
    assertEquals(
        "SET_OWNER size 0, 32 fds: no fd may come with it",
        MessageRules.check(reader.message(), reader.fds(), 0, 0));
  }

  @Test
  void shouldWriteTheRestOnceThereIsRoom() throws LinuxException {
    message.request(RequestType.GET_SHMEM_CONFIG, false);
    message.putBytes(message.address(), 4000);
    int result = 0;
    int written = 0;
    while (result == 0) {
      result = write();
      written++;
    }
    assertEquals(-Errno.EAGAIN, result);
    for (int i = 0; i < written - 1; i++) {
      assertEquals(MessageReader.READY, read());
    }
    assertEquals(0, writer.flush((a, n, f) -> Sockets.sendWithFds(near, a, n, f)));
    assertEquals(MessageReader.READY, read());
    assertEquals(4000, reader.message().payloadBytes());
  }
}
