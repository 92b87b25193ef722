package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {
  private static final String SET_FEATURES = "02000000 01000000 08000000 460e007001000000";
  private static final String SET_OWNER = "03000000 01000000 00000000";

  private final MessageReader reader = new MessageReader();
  private final Message sample = new Message();

  @AfterEach
  void free() {
    reader.fds().clear();
    reader.close();
    sample.close();
  }

  @ParameterizedTest
  @EnumSource(RequestType.class)
  void shouldReadEachRequestAsItWasWritten(RequestType type) {
    byte[] bytes = Script.bytes(Samples.build(sample, type));
    assertEquals(MessageReader.READY, reader.read(new Script().piece(bytes)));
    assertEquals(type, reader.message().type());
    assertArrayEquals(bytes, Script.bytes(reader.message()));
  }

  @Test
  void shouldReadMessagesThatArriveByteByByte() {
    Script script = new Script();
    for (byte b : Script.bytes(SET_FEATURES)) {
      script.piece(new byte[] {b});
    }
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(0x1_7000_0e46L, reader.message().u64());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 11, 12, 13, 19})
  void shouldGoOnAfterEagainAnywhere(int split) {
    byte[] bytes = Script.bytes(SET_FEATURES);
    Script first = new Script().piece(Arrays.copyOf(bytes, split));
    Script rest = new Script().piece(Arrays.copyOfRange(bytes, split, bytes.length));
    assertEquals(MessageReader.AGAIN, reader.read(first));
    assertEquals(MessageReader.READY, reader.read(rest));
    assertEquals(0x1_7000_0e46L, reader.message().u64());
  }

  @Test
  void shouldTakeOneMessageAtATimeOfSeveral() {
    Script script = new Script().piece(SET_OWNER + SET_FEATURES + SET_OWNER);
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(RequestType.SET_OWNER, reader.message().type());
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(RequestType.SET_FEATURES, reader.message().type());
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(RequestType.SET_OWNER, reader.message().type());
    assertEquals(MessageReader.AGAIN, reader.read(script));
  }

  @Test
  void shouldGiveFdsToTheMessageWhoseFirstByteTheyCameWith() {
    String kick = "0c000000 01000000 08000000 0500000000000000";
    String call = "0d000000 01000000 08000000 0500000000000000";
    Script script =
        new Script().piece(SET_OWNER).piece(kick, 1001).piece(call, 1002).piece(SET_OWNER);
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(0, reader.fds().count());
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(1, reader.fds().count());
    assertEquals(1001, reader.fds().take(0));
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(1, reader.fds().count());
    assertEquals(1002, reader.fds().take(0));
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(0, reader.fds().count());
  }

  @Test
  void shouldNeverAskForMoreThanTheMessageInHand() {
    Script script = new Script().piece(SET_FEATURES + SET_OWNER);
    reader.read(script);
    assertEquals(MessageHeader.BYTES, script.largestReceive);
  }

  @Test
  void shouldReadEmptyPayloadWithoutAnotherReceive() {
    Script script = new Script().piece(SET_OWNER).then(-Errno.EPIPE);
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(RequestType.SET_OWNER, reader.message().type());
  }

  @Test
  void shouldTellTheEndBetweenMessagesFromTheEndWithinOne() {
    assertEquals(MessageReader.END, reader.read(new Script().then(0)));
    Script torn = new Script().piece("02000000 01000000 08000000 46").then(0);
    assertEquals(MessageReader.BROKEN, reader.read(torn));
    assertEquals("13 bytes of a message, then the end of the stream", reader.fault());
  }

  @Test
  void shouldBreakOnAnErrorOfTheSource() {
    assertNull(reader.fault());
    assertEquals(MessageReader.BROKEN, reader.read(new Script().then(-Errno.EPIPE)));
    assertEquals("receive: " + Errno.name(Errno.EPIPE), reader.fault());
  }

  @Test
  void shouldGoOnWhenInterrupted() {
    boolean[] interrupted = new boolean[1];
    Script script = new Script().piece(SET_OWNER);
    MessageSource source =
        (address, length, fds) -> {
          boolean first = !interrupted[0];
          interrupted[0] = true;
          return first ? -Errno.EINTR : script.receive(address, length, fds);
        };
    assertEquals(MessageReader.READY, reader.read(source));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01000000 00000000 00000000",
        "01000000 02000000 00000000",
        "01000000 0b000000 00000000"
      })
  void shouldBreakOnAnotherVersion(String header) {
    assertEquals(MessageReader.BROKEN, reader.read(new Script().piece(header)));
    assertEquals("version must be 1", reader.fault().replaceAll(".*: ", ""));
  }

  @Test
  void shouldBreakOnAnOversizePayloadAndStayBroken() {
    Script script = new Script().piece("02000000 01000000 01100000").piece(SET_OWNER);
    assertEquals(MessageReader.BROKEN, reader.read(script));
    assertEquals("SET_FEATURES size 4097: a payload has at most 4096 bytes", reader.fault());
    assertEquals(MessageReader.BROKEN, reader.read(script));
  }

  @Test
  void shouldTakeTheSizeAsUnsigned() {
    assertEquals(
        MessageReader.BROKEN, reader.read(new Script().piece("07000080 01000000 ffffffff")));
    assertEquals(
        "request -2147483641 size 4294967295: a payload has at most 4096 bytes", reader.fault());
  }

  @Test
  void shouldReadTheLargestPayload() {
    Script script = new Script().piece("2c000000 05000000 00100000").piece(new byte[4096]);
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(4096, reader.message().payloadBytes());
  }

  @Test
  void shouldHandAnUnknownRequestOverWhole() {
    Script script = new Script().piece("63000000 09000000 04000000 aabbccdd").piece(SET_OWNER);
    assertEquals(MessageReader.READY, reader.read(script));
    assertNull(reader.message().type());
    assertEquals(99, reader.message().requestId());
    assertEquals(MessageReader.READY, reader.read(script));
    assertEquals(RequestType.SET_OWNER, reader.message().type());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 12, 15})
  void shouldBreakOnFdsInTheMiddleOfAMessageAndCloseThem(int split) throws LinuxException {
    int openBefore = Fd.openCount();
    byte[] bytes = Script.bytes(SET_FEATURES);
    Script script =
        new Script()
            .piece(Arrays.copyOf(bytes, split))
            .piece(Arrays.copyOfRange(bytes, split, bytes.length), EventFd.open());
    assertEquals(MessageReader.BROKEN, reader.read(script));
    assertEquals(
        "byte " + split + ": file descriptors come with a message's first byte only",
        reader.fault());
    assertEquals(0, reader.fds().count());
    assertEquals(openBefore, Fd.openCount());
  }
}
