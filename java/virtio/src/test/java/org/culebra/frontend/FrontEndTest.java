package org.culebra.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.culebra.frontend.FakeBackend.Fault;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.vhostuser.ProtocolFeatures;
import org.culebra.vhostuser.RegionDescription;
import org.culebra.vhostuser.RequestType;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkFeatures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class FrontEndTest {
  private static final long SECOND_NS = 1_000_000_000L;

  private final FakeBackend backend;

  FrontEndTest() throws IOException {
    backend = new FakeBackend();
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
    assertEquals(List.of(), backend.broken);
  }

  private FrontEnd connect(FrontEndOptions options) throws IOException {
    return FrontEnd.connect(backend.socket, options);
  }

  private static FrontEndOptions options() {
    return new FrontEndOptions().memoryBytes(1 << 20).timeoutNs(5 * SECOND_NS);
  }

  private static FrontEndOptions libblkio() {
    return options().order(MessageOrder.LIBBLKIO);
  }

  @Test
  void shouldSpeakInTheOrderOfQemu() throws IOException {
    FrontEndOptions two = options().queueCount(2).withoutProtocolFeatures(ProtocolFeatures.STATUS);
    try (FrontEnd frontEnd = connect(two)) {
      frontEnd.sync();
      assertEquals(
          "GET_FEATURES GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM SET_OWNER"
              + " GET_FEATURES GET_CONFIG SET_VRING_CALL+1 SET_VRING_CALL+1 SET_FEATURES"
              + " SET_MEM_TABLE!+1 GET_FEATURES",
          backend.receivedLine());
      frontEnd.start();
      frontEnd.sync();
      String vring =
          "SET_VRING_NUM SET_VRING_BASE SET_VRING_ADDR SET_VRING_KICK+1 SET_VRING_ERR+1"
              + " SET_VRING_CALL+1 ";
      assertEquals(
          vring + vring + "SET_VRING_ENABLE SET_VRING_ENABLE GET_FEATURES", backend.receivedLine());
      assertEquals(5, frontEnd.queue(0).stop());
    }
    assertEquals(
        "GET_VRING_BASE SET_VRING_ENABLE SET_VRING_ENABLE GET_VRING_BASE", backend.receivedLine());
  }

  @Test
  void shouldSpeakInTheOrderOfLibblkio() throws IOException {
    try (FrontEnd frontEnd = connect(libblkio())) {
      frontEnd.start();
      frontEnd.sync();
    }
    assertEquals(
        "SET_OWNER GET_FEATURES SET_FEATURES GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES"
            + " GET_QUEUE_NUM! GET_MAX_MEM_SLOTS! GET_CONFIG! ADD_MEM_REG!+1 ADD_MEM_REG!+1"
            + " SET_VRING_NUM! SET_VRING_BASE! SET_VRING_ADDR! SET_VRING_KICK!+1"
            + " SET_VRING_CALL!+1 SET_VRING_ENABLE! GET_FEATURES",
        backend.receivedLine());
  }

  @Test
  void shouldSpeakAsOldQemuWithoutEnablingRings() throws IOException {
    FrontEndOptions old =
        options()
            .acknowledgesProtocolFeatures(false)
            .withoutProtocolFeatures(ProtocolFeatures.STATUS, ProtocolFeatures.REPLY_ACK);
    try (FrontEnd frontEnd = connect(old)) {
      frontEnd.start();
      frontEnd.sync();
      assertFalse(FeatureBits.has(frontEnd.features(), FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES));
    }
    assertFalse(backend.received.contains("SET_VRING_ENABLE"));
    assertTrue(backend.received.contains("SET_MEM_TABLE+1"));
  }

  @Test
  void shouldNegotiateWithoutProtocolFeatures() throws IOException {
    backend.features &= ~(1L << 30);
    try (FrontEnd frontEnd = connect(options())) {
      assertEquals(0, frontEnd.protocolFeatures());
      assertEquals(1, frontEnd.queueCountMax());
      frontEnd.start();
      frontEnd.sync();
    }
    assertFalse(backend.received.contains("GET_PROTOCOL_FEATURES"));
  }

  @Test
  void shouldAcceptOnlyFeaturesThatAreOfferedKnownAndWanted() throws IOException {
    backend.features = -1L;
    int declined = FeatureBits.EVENT_IDX;
    try (FrontEnd frontEnd = connect(options().withoutFeatures(declined))) {
      assertEquals(
          "SIZE_MAX|SEG_MAX|GEOMETRY|RO|BLK_SIZE|FLUSH|TOPOLOGY|CONFIG_WCE|MQ|DISCARD"
              + "|WRITE_ZEROES|INDIRECT_DESC|PROTOCOL_FEATURES|VERSION_1",
          BlkFeatures.names(frontEnd.features()));
      assertEquals(-1L, frontEnd.offeredFeatures());
    }
  }

  @Test
  void shouldPassAddressesThatAllDiffer() throws IOException {
    try (FrontEnd frontEnd = connect(options().regionCount(3))) {
      SharedMemory memory = frontEnd.memory();
      List<RegionDescription> regions = memory.regions();
      assertEquals(3, regions.size());
      for (int i = 0; i < 3; i++) {
        RegionDescription region = regions.get(i);
        assertTrue(region.guestAddress() != region.userAddress());
        assertTrue(memory.regionAddress(i) != region.guestAddress());
        assertTrue(memory.regionAddress(i) != region.userAddress());
        assertEquals(region.userAddress(), memory.userAddress(memory.regionAddress(i)));
        assertEquals(region.guestAddress(), memory.guestAddress(memory.regionAddress(i)));
      }
      RegionDescription last = regions.get(1);
      assertEquals(regions.get(2).guestAddress(), last.guestAddress() + last.sizeBytes());
    }
  }

  @Test
  void shouldCutRegionsAtOddPlacesAsLibblkioDoes() throws IOException {
    try (FrontEnd frontEnd = connect(libblkio().regionCount(3))) {
      List<RegionDescription> regions = frontEnd.memory().regions();
      assertEquals(3, regions.size());
      assertTrue(regions.get(0).sizeBytes() % 4096 != 0);
      assertTrue(regions.get(2).sizeBytes() % 4096 != 0);
      RegionDescription first = regions.get(0);
      assertTrue(first.guestAddress() + first.sizeBytes() < regions.get(1).guestAddress());
    }
  }

  @Test
  void shouldRefuseMoreQueuesThanThereAre() {
    FrontEndException e =
        assertThrows(FrontEndException.class, () -> connect(options().queueCount(5)));
    assertEquals("5 queues: the back-end has 4", e.getMessage());
  }

  @Test
  void shouldRefuseBackEndsThatLibblkioWouldRefuse() {
    backend.protocolFeatures &= ~(1L << 15);
    FrontEndException e = assertThrows(FrontEndException.class, () -> connect(libblkio()));
    assertEquals("CONFIGURE_MEM_SLOTS: mandatory, not offered", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CLOSE         | GET_FEATURES  | GET_FEATURES: the back-end closed the connection
          CLOSE         | GET_CONFIG    | GET_CONFIG: the back-end closed the connection
          SILENCE       | GET_FEATURES  | GET_FEATURES: no answer within 300 ms
          SILENCE       | SET_MEM_TABLE | SET_MEM_TABLE: no answer within 300 ms
          WRONG_SIZE    | GET_FEATURES  | payload must be 8 bytes
          WRONG_FLAGS   | GET_QUEUE_NUM | flags 0xd of a reply must be 0x5
          WRONG_REQUEST | GET_CONFIG    | must be a reply to GET_CONFIG
          NEGATIVE      | SET_MEM_TABLE | SET_MEM_TABLE: the back-end answers 0x16
          """)
  void shouldSayWhatTheBackEndDidWrong(Fault fault, RequestType type, String text) {
    backend.on(fault, type);
    FrontEndOptions impatient = options().timeoutNs(300_000_000);
    FrontEndException e = assertThrows(FrontEndException.class, () -> connect(impatient));
    assertTrue(e.getMessage().endsWith(text), e.getMessage());
  }

  @Test
  void shouldSayThatNobodyListens() {
    Path nowhere = backend.socket.resolveSibling("nobody");
    IOException e = assertThrows(IOException.class, () -> FrontEnd.connect(nowhere, options()));
    assertTrue(e.getMessage().startsWith("connect " + nowhere + ": ENOENT"), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(MessageOrder.class)
  void shouldAddAndRemoveMemory(MessageOrder order) throws IOException {
    try (FrontEnd frontEnd = connect(options().order(order))) {
      frontEnd.sync();
      backend.receivedLine();
      AddedMemory added = frontEnd.addMemory(0x2ffe);
      assertEquals(0x2ffe, added.mapping().sizeBytes());
      frontEnd.removeMemory(added);
      assertEquals(
          order == MessageOrder.QEMU
              ? "SET_MEM_TABLE!+2 SET_MEM_TABLE!+1"
              : "ADD_MEM_REG!+1 REM_MEM_REG!+1",
          backend.receivedLine());
    }
  }

  @Test
  void shouldUseMemorySlotsInTheOrderOfQemu() throws IOException {
    try (FrontEnd frontEnd = connect(options().usesMemorySlots(true).regionCount(2))) {
      assertEquals(32, frontEnd.memorySlotsMax());
      frontEnd.removeMemory(frontEnd.addMemory(4096));
    }
    assertTrue(backend.received.contains("GET_MAX_MEM_SLOTS"));
    assertFalse(backend.received.contains("SET_MEM_TABLE!+1"));
    assertTrue(backend.received.contains("REM_MEM_REG!"));
  }

  @Test
  void shouldAnswerConfigChangesAlsoWhileItWaitsForAReply() throws IOException {
    try (FrontEnd frontEnd = connect(options())) {
      assertEquals(2048, frontEnd.config().capacitySectors());
      frontEnd.openBackendChannel();
      backend.capacitySectors = 4096;
      CompletableFuture<Long> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return backend.changeConfig();
                } catch (IOException e) {
                  return -2L;
                }
              });
      assertTrue(frontEnd.awaitConfigChanges(1, 5 * SECOND_NS));
      assertEquals(0L, answer.join());
      assertEquals(4096, frontEnd.readConfig().capacitySectors());
      assertFalse(frontEnd.awaitConfigChanges(2, 1_000_000));
    }
  }

  @Test
  void shouldSetStatusAsQemuDoes() throws IOException {
    try (FrontEnd frontEnd = connect(options())) {
      assertEquals(8, frontEnd.getStatus());
      frontEnd.start();
      assertEquals(15, frontEnd.getStatus());
      frontEnd.stop();
      assertEquals(0, frontEnd.getStatus());
    }
  }

  @Test
  void shouldStartAtTheIndexWhereItStopped() throws IOException {
    try (FrontEnd frontEnd = connect(options())) {
      frontEnd.start();
      frontEnd.resetDevice();
      assertFalse(frontEnd.queue(0).isStarted());
      frontEnd.setWriteCache(false);
      frontEnd.start();
      assertEquals(5, frontEnd.queue(0).stop());
      frontEnd.queue(0).start();
      assertTrue(frontEnd.queue(0).isStarted());
    }
    assertTrue(backend.received.contains("RESET_DEVICE!"));
    assertTrue(backend.received.contains("SET_CONFIG!"));
  }

  @Test
  void shouldSendAndReceiveRawBytes() throws IOException {
    try (FrontEnd frontEnd = FrontEnd.connectOnly(backend.socket, options())) {
      FdList fds = new FdList();
      frontEnd.sendRaw(HexFormat.of().parseHex("010000000100000000000000"));
      byte[] reply = frontEnd.receiveRaw(100, fds);
      assertEquals(
          "010000000500000008000000" + "0012007001000000", HexFormat.of().formatHex(reply));
      frontEnd.sendRaw(HexFormat.of().parseHex("0100000003000000"));
      frontEnd.sendRaw(HexFormat.of().parseHex("00000000"));
      assertNull(frontEnd.receiveRaw(100, fds));
    }
  }

  @Test
  void shouldBeginAndExchangeAnyRequest() throws IOException {
    try (FrontEnd frontEnd = connect(options())) {
      frontEnd.begin(RequestType.GET_VRING_BASE, false).putVringState(3, 0);
      assertEquals(5, frontEnd.exchange().vringState().num());
      frontEnd.begin(RequestType.SET_VRING_ENABLE, true).putVringState(3, 1);
      assertNull(frontEnd.exchange());
    }
  }

  @ParameterizedTest
  @EnumSource(MessageOrder.class)
  void shouldLeaveNoDescriptorBehind(MessageOrder order) throws IOException {
    connect(options().order(order)).close();
    int openBefore = EventFd.open();
    Fd.close(openBefore);
    int before = settledCount();
    for (int i = 0; i < 50; i++) {
      try (FrontEnd frontEnd = connect(options().order(order).queueCount(2))) {
        frontEnd.start();
      }
    }
    assertEquals(before, settledCount());
  }

  /** The back-end closes its end at its own pace: waits for its count to stop changing. */
  private int settledCount() throws IOException {
    try (FrontEnd frontEnd = FrontEnd.connectOnly(backend.socket, options())) {
      frontEnd.sync(); // the back-end serves one after the other, so the ones before are closed
      return Fd.openCount();
    }
  }
}
