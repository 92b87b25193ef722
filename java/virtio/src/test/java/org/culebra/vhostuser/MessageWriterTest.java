package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.culebra.linux.Errno;
import org.culebra.linux.FdList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MessageWriterTest {
  private final MessageWriter writer = new MessageWriter();
  private final Message message = new Message();
  private final FdList fds = new FdList();
  private final Script script = new Script();

  @AfterEach
  void free() {
    writer.close();
    message.close();
    fds.clear();
  }

  @Test
  void shouldWriteMessageAndFdsAtOnce() {
    Samples.build(message, RequestType.SET_VRING_KICK);
    fds.add(1001);
    assertEquals(0, writer.write(script, message, fds));
    assertTrue(writer.isIdle());
    assertEquals(Script.hex(message), script.sentHex());
    assertEquals(List.of(1001), script.sentFds);
    assertEquals(1, fds.count());
  }

  @Test
  void shouldSendFdsOnceThoughBytesGoOneByOne() {
    Samples.build(message, RequestType.SET_MEM_TABLE);
    fds.add(1001);
    fds.add(1002);
    script.roomBytes = 1;
    int result = writer.write(script, message, fds);
    for (int i = 1; i < message.lengthBytes(); i++) {
      assertEquals(-Errno.EAGAIN, result);
      assertFalse(writer.isIdle());
      script.roomBytes = 1;
      result = writer.flush(script);
    }
    assertEquals(0, result);
    assertEquals(Script.hex(message), script.sentHex());
    assertEquals(List.of(1001, 1002), script.sentFds);
  }

  @Test
  void shouldKeepBytesAndFdsWhenNothingCouldBeSent() {
    Samples.build(message, RequestType.SET_VRING_KICK);
    String expected = Script.hex(message);
    fds.add(1001);
    script.roomBytes = 0;
    assertEquals(-Errno.EAGAIN, writer.write(script, message, fds));
    message.request(RequestType.SET_OWNER, false);
    fds.clear();
    script.roomBytes = Integer.MAX_VALUE;
    assertEquals(0, writer.flush(script));
    assertEquals(expected, script.sentHex());
    assertEquals(List.of(1001), script.sentFds);
  }

  @Test
  void shouldReturnErrorsOfTheSink() {
    message.request(RequestType.SET_OWNER, false);
    assertEquals(-Errno.EPIPE, writer.write((a, n, f) -> -Errno.EPIPE, message, fds));
  }

  @Test
  void shouldRefuseASecondMessageWhileOneIsUnderWay() {
    message.request(RequestType.SET_OWNER, false);
    script.roomBytes = 5;
    writer.write(script, message, fds);
    assertThrows(AssertionError.class, () -> writer.write(script, message, fds));
  }

  @Test
  void shouldDoNothingOnFlushWhenIdle() {
    assertEquals(0, writer.flush(script));
    assertEquals("", script.sentHex());
  }
}
