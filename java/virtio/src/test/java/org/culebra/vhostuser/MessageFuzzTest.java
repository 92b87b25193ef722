package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.culebra.linux.Errno;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.LinuxException;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.Test;

/** Random streams: nothing is thrown, nothing is read past the message, every stream ends. */
class MessageFuzzTest {
  private static final int STREAMS = 2_000;
  private static final int PIECES_PER_STREAM_MAX = 24;

  private static long seed() {
    String property = System.getProperty("seed", "");
    long seed = property.isEmpty() ? System.nanoTime() : Long.parseLong(property);
    System.out.println("MessageFuzzTest: -Dseed=" + seed);
    return seed;
  }

  /** A message of a random type with a few bytes changed, cut or lengthened. */
  private static byte[] mutate(SplittableRandom random, Message message) {
    RequestType[] types = RequestType.values();
    Samples.build(message, types[random.nextInt(types.length)]);
    byte[] bytes = Script.bytes(message);
    for (int flips = random.nextInt(4); flips > 0; flips--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return random.nextInt(10) > 0
        ? bytes
        : java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
  }

  @Test
  void shouldSurviveRandomStreamsAndCloseEachFdOnce() throws LinuxException {
    int openBefore = Fd.openCount();
    SplittableRandom random = new SplittableRandom(seed());
    long outcomes = 0;
    for (int stream = 0; stream < STREAMS; stream++) {
      try (Script script = new Script().then(random.nextBoolean() ? 0 : -Errno.EAGAIN);
          Message message = new Message();
          MessageReader reader = new MessageReader()) {
        for (int i = random.nextInt(PIECES_PER_STREAM_MAX); i >= 0; i--) {
          byte[] bytes = mutate(random, message);
          int[] fds = new int[random.nextInt(3)];
          for (int j = 0; j < fds.length; j++) {
            fds[j] = EventFd.open();
          }
          script.piece(bytes.length == 0 ? new byte[1] : bytes, fds);
        }
        outcomes |= 1L << drain(script, reader, random);
      }
    }
    long expected =
        1L << MessageReader.AGAIN | 1L << MessageReader.END | 1L << MessageReader.BROKEN;
    assertEquals(expected, outcomes);
    assertEquals(openBefore, Fd.openCount());
  }

  private static int drain(Script script, MessageReader reader, SplittableRandom random) {
    int result = reader.read(script);
    int messages = 0;
    while (result == MessageReader.READY) {
      assertTrue(++messages < PIECES_PER_STREAM_MAX * 400, "the stream has no end");
      Message message = reader.message();
      assertTrue(message.payloadBytes() >= 0);
      assertTrue(message.payloadBytes() <= Message.PAYLOAD_BYTES_MAX);
      String line = MessageRules.check(message, reader.fds(), random.nextLong(), random.nextLong());
      assertTrue(line == null || !line.isBlank() && line.indexOf('\n') < 0);
      if (reader.fds().count() > 0 && random.nextBoolean()) {
        Fd.close(reader.fds().take(reader.fds().count() - 1));
      }
      result = reader.read(script);
    }
    return result;
  }

  @Test
  void shouldJudgeRandomPayloadsWithoutThrowing() {
    SplittableRandom random = new SplittableRandom(seed());
    FdList fds = new FdList();
    int accepted = 0;
    try (Message message = new Message()) {
      for (int i = 0; i < 200_000; i++) {
        RequestType type = RequestType.of(1 + random.nextInt(45));
        Samples.build(message, type);
        int offset = random.nextInt(Math.max(1, message.payloadBytes()));
        Memory.putByte(message.payloadAddress() + offset, (byte) random.nextInt());
        fds.clear();
        for (int n = random.nextInt(4); n > 0; n--) {
          fds.add(1 << 28);
        }
        String line = MessageRules.check(message, fds, random.nextLong(), random.nextLong());
        accepted += line == null ? 1 : 0;
      }
    }
    fds.clear();
    assertTrue(accepted > 1_000, "accepted " + accepted);
  }
}
