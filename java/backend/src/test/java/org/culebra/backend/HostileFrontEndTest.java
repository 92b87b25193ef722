package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.culebra.block.MemoryDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.MemFd;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong messages and broken rings: one line each, and the other disk doesn't notice. */
class HostileFrontEndTest {
  private static final int CAPACITY_BYTES = 4 << 20;
  private static final int NEED_REPLY = 8;
  private static final String OTHER = "other";

  private ServedDisks disks;
  private FrontEnd other;
  private Guest witness;

  @BeforeEach
  void serveTwoDisks() throws Exception {
    disks =
        new ServedDisks()
            .disk(ServedDisks.DISK, new MemoryDevice(CAPACITY_BYTES))
            .disk(OTHER, new MemoryDevice(CAPACITY_BYTES))
            .start();
    other = disks.connect(OTHER, new FrontEndOptions());
    witness = new Guest(other, 0);
    witness.write(0, Guest.pattern(1, 4096));
  }

  @AfterEach
  void shouldHaveServedTheOtherDiskAllTheTime() throws Exception {
    assertArrayEquals(Guest.pattern(1, 4096), witness.read(0, 4096));
    other.close();
    disks.close();
  }

  /** Returns a message as it goes over the socket; version 1 is added to the flags. */
  static byte[] message(int request, int flags, int size, long... payload) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + payload.length * 8).order(ByteOrder.nativeOrder());
    bytes.putInt(request).putInt(1 | flags).putInt(size);
    for (long word : payload) {
      bytes.putLong(word);
    }
    return bytes.array();
  }

  static Stream<Arguments> brokenMessages() {
    return Stream.of(
        Arguments.of("version 2", new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}),
        Arguments.of("payload of 4 GiB", message(2, 0, -1)),
        Arguments.of("payload too short", message(2, 0, 4, 0)),
        Arguments.of("payload too long", message(1, 0, 8, 0)),
        Arguments.of("kick without descriptor", message(12, 0, 8, 0)),
        Arguments.of("memory table without descriptors", message(5, 0, 40, 1, 0, 4096, 0, 0)),
        Arguments.of("memory table of 200 regions", message(5, 0, 8, 200)),
        Arguments.of("queue size 3", message(8, 0, 8, 3L << 32)),
        Arguments.of("queue size 0", message(8, 0, 8, 0)),
        Arguments.of("queue 99", message(8, 0, 8, 128L << 32 | 99)),
        Arguments.of("features that were not offered", message(2, 0, 8, -1L)),
        Arguments.of("protocol features that were not offered", message(16, 0, 8, -1L)));
  }

  @ParameterizedTest
  @MethodSource("brokenMessages")
  void shouldEndTheConnectionThatSentIt(String what, byte[] message) throws Exception {
    Path socket = disks.socket(ServedDisks.DISK);
    try (FrontEnd frontEnd = FrontEnd.connectOnly(socket, new FrontEndOptions())) {
      frontEnd.sendRaw(message);
      assertNull(frontEnd.receiveRaw(1, new FdList()), what);
    }
    assertEquals(1, disks.errors().size(), disks.errors()::toString);
    assertTrue(disks.errors().getFirst().startsWith("disk d0: "), disks.errors()::toString);
    shouldServeTheNextFrontEnd();
  }

  private void shouldServeTheNextFrontEnd() throws IOException {
    try (FrontEnd next = disks.connect(new FrontEndOptions())) {
      new Guest(next, 0).write(0, new byte[512]);
    }
  }

  @Test
  void shouldAnswerAnUnknownRequestThatNeedsAReplyAndGoOn() throws Exception {
    try (FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      frontEnd.sendRaw(message(200, NEED_REPLY, 0));
      byte[] answer = frontEnd.receiveRaw(20, new FdList());
      assertArrayEquals(message(200, 4, 8, 1), answer);
      new Guest(frontEnd, 0).write(0, new byte[512]);
    }
    assertEquals(1, disks.errors().size(), disks.errors()::toString);
  }

  @Test
  void shouldCloseDescriptorsThatComeWithAMessageThatTakesNone() throws Exception {
    int extra = MemFd.create("extra", 4096);
    try (FrontEnd frontEnd = disks.connect(new FrontEndOptions())) {
      int before = Fd.openCount();
      frontEnd.sendRaw(message(3, 0, 0), extra, extra, extra);
      assertNull(frontEnd.receiveRaw(1, new FdList()));
      long deadlineNs = System.nanoTime() + Guest.TIMEOUT_NS;
      while (Fd.openCount() > before) {
        assertTrue(System.nanoTime() < deadlineNs, "descriptors leaked");
        Thread.onSpinWait();
      }
    }
    Fd.close(extra);
  }

  static Stream<Arguments> brokenRings() {
    Consumer<FrontEnd> jump =
        frontEnd -> {
          long avail = frontEnd.queue(0).rings().availableRingAddress();
          Memory.putShort(avail + 2, 40_000);
        };
    Consumer<FrontEnd> head =
        frontEnd -> {
          long avail = frontEnd.queue(0).rings().availableRingAddress();
          Memory.putShort(avail + 4, 60_000);
          Memory.putShortRelease(avail + 2, 1);
        };
    return Stream.of(
        Arguments.of("avail idx that jumps", jump, "jumped by more than queue size"),
        Arguments.of("head beyond the ring", head, "head 60000"),
        Arguments.of("loop", chain(0x4000_0000L, 16, 1, 0), "chain of more than 128 descriptors"),
        Arguments.of("address outside", chain(0x10, 16, 0, 0), "not in guest memory"),
        Arguments.of("nested table", chain(0x4000_0000L, 16, 5, 0), "indirect"));
  }

  /** One descriptor, number 0, made available. */
  private static Consumer<FrontEnd> chain(long address, int length, int flags, int next) {
    return frontEnd -> {
      long descriptor = frontEnd.queue(0).rings().descriptorTableAddress();
      Memory.putLong(descriptor, address);
      Memory.putInt(descriptor + 8, length);
      Memory.putShort(descriptor + 12, flags);
      Memory.putShort(descriptor + 14, next);
      long avail = frontEnd.queue(0).rings().availableRingAddress();
      Memory.putShort(avail + 4, 0);
      Memory.putShortRelease(avail + 2, 1);
    };
  }

  @ParameterizedTest
  @MethodSource("brokenRings")
  void shouldStopTheRingAndTellTheFrontEnd(String what, Consumer<FrontEnd> attack, String rule)
      throws Exception {
    try (FrontEnd frontEnd = disks.connect(new FrontEndOptions().queueCount(2))) {
      attack.accept(frontEnd);
      frontEnd.queue(0).kick();
      long deadlineNs = System.nanoTime() + Guest.TIMEOUT_NS;
      while (!frontEnd.queue(0).isBroken()) {
        assertTrue(System.nanoTime() < deadlineNs, what);
        Thread.onSpinWait();
      }
      new Guest(frontEnd, 1).write(0, new byte[512]);
    }
    List<String> lines = disks.errors();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.getFirst().startsWith("disk d0: queue 0"), lines::toString);
    assertTrue(lines.getFirst().contains(rule), lines::toString);
  }

  @Test
  void shouldRefuseASocketThatIsInUse() {
    BackendOptions options = BackendOptions.defaults(line -> {});
    DiskOptions disk = DiskOptions.of("third", disks.socket(ServedDisks.DISK), "memory:1M");
    IOException failure =
        assertThrows(IOException.class, () -> Backend.start(options, List.of(disk), null));
    assertTrue(failure.getMessage().startsWith("disk third: "), failure::getMessage);
    assertTrue(failure.getMessage().contains("in use"), failure::getMessage);
  }
}
