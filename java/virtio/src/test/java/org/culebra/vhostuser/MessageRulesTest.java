package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.culebra.linux.FdList;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MessageRulesTest {
  private final Message message = new Message();
  private final FdList fds = new FdList();

  @AfterEach
  void free() {
    message.close();
    fds.clear();
  }

  private String check(RequestType type) {
    return MessageRules.check(message, fds, Samples.FEATURES, Samples.protocolFeatures(type));
  }

  private void fds(int count) {
    fds.clear();
    for (int i = 0; i < count; i++) {
      fds.add(100_000_000 + i);
    }
  }

  private void resize(int payloadBytes) {
    Memory.putInt(message.address() + MessageHeader.SIZE, payloadBytes);
  }

  @ParameterizedTest
  @EnumSource(RequestType.class)
  void shouldAcceptAWellFormedRequest(RequestType type) {
    Samples.build(message, type);
    fds(Samples.fdCount(type));
    assertNull(check(type));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SET_VRING_KICK     | 4   | 0 | SET_VRING_KICK size 4, 0 fds: payload must be 8 bytes
          SET_FEATURES       | 9   | 0 | SET_FEATURES size 9, 0 fds: payload must be 8 bytes
          GET_FEATURES       | 8   | 0 | GET_FEATURES size 8, 0 fds: payload must be 0 bytes
          SET_OWNER          | 0   | 1 | SET_OWNER size 0, 1 fd: no fd may come with it
          SET_VRING_ADDR     | 39  | 0 | SET_VRING_ADDR size 39, 0 fds: payload must be 40 bytes
          SET_VRING_NUM      | 16  | 0 | SET_VRING_NUM size 16, 0 fds: payload must be 8 bytes
          SET_MEM_TABLE      | 4   | 0 | SET_MEM_TABLE size 4, 0 fds: payload must be 8 to 264 bytes
          SET_MEM_TABLE      | 72  | 1 | SET_MEM_TABLE size 72, 1 fd: 2 regions: as many fds must come with it
          SET_MEM_TABLE      | 72  | 9 | SET_MEM_TABLE size 72, 9 fds: at most 8 fds may come with it
          SET_MEM_TABLE      | 104 | 2 | SET_MEM_TABLE size 104, 2 fds: 2 regions: payload must be 72 bytes
          ADD_MEM_REG        | 40  | 0 | ADD_MEM_REG size 40, 0 fds: exactly 1 fd must come with it
          ADD_MEM_REG        | 40  | 2 | ADD_MEM_REG size 40, 2 fds: exactly 1 fd must come with it
          ADD_MEM_REG        | 32  | 1 | ADD_MEM_REG size 32, 1 fd: payload must be 40 bytes
          REM_MEM_REG        | 40  | 2 | REM_MEM_REG size 40, 2 fds: at most 1 fd may come with it
          SET_BACKEND_REQ_FD | 0   | 0 | SET_BACKEND_REQ_FD size 0, 0 fds: exactly 1 fd must come with it
          SET_LOG_BASE       | 8   | 1 | SET_LOG_BASE size 8, 1 fd: payload must be 16 bytes
          SET_LOG_BASE       | 16  | 0 | SET_LOG_BASE size 16, 0 fds: exactly 1 fd must come with it
          SET_VRING_KICK     | 8   | 0 | SET_VRING_KICK size 8, 0 fds: 0x5 with bit 8 clear says that an fd comes with it
          SET_VRING_CALL     | 8   | 1 | SET_VRING_CALL size 8, 1 fd: 0x106 with bit 8 set says that no fd comes with it
          SET_VRING_ERR      | 8   | 2 | SET_VRING_ERR size 8, 2 fds: at most 1 fd may come with it
          GET_CONFIG         | 11  | 0 | GET_CONFIG size 11, 0 fds: payload must be 12 to 268 bytes
          GET_CONFIG         | 12  | 0 | GET_CONFIG size 12, 0 fds: config size 4: but 0 bytes of payload follow
          SET_CONFIG         | 14  | 0 | SET_CONFIG size 14, 0 fds: config size 1: but 2 bytes of payload follow
          GET_INFLIGHT_FD    | 21  | 0 | GET_INFLIGHT_FD size 21, 0 fds: payload must be 20 or 24 bytes
          SET_INFLIGHT_FD    | 24  | 0 | SET_INFLIGHT_FD size 24, 0 fds: exactly 1 fd must come with it
          """)
  void shouldNameTheBrokenRuleOfSizeOrFds(RequestType type, int size, int fdCount, String line) {
    Samples.build(message, type);
    resize(size);
    fds(fdCount);
    assertEquals(line, check(type));
  }

  @ParameterizedTest
  @CsvSource({
    "SET_BACKEND_REQ_FD, BACKEND_REQ",
    "GET_CONFIG, CONFIG",
    "SET_CONFIG, CONFIG",
    "GET_INFLIGHT_FD, INFLIGHT_SHMFD",
    "SET_INFLIGHT_FD, INFLIGHT_SHMFD",
    "RESET_DEVICE, RESET_DEVICE",
    "VRING_KICK, INBAND_NOTIFICATIONS",
    "GET_MAX_MEM_SLOTS, CONFIGURE_MEM_SLOTS",
    "ADD_MEM_REG, CONFIGURE_MEM_SLOTS",
    "REM_MEM_REG, CONFIGURE_MEM_SLOTS",
    "SET_STATUS, STATUS",
    "GET_STATUS, STATUS",
    "SET_DEVICE_STATE_FD, DEVICE_STATE",
    "CHECK_DEVICE_STATE, DEVICE_STATE",
    "POSTCOPY_ADVISE, PAGEFAULT",
    "POSTCOPY_LISTEN, PAGEFAULT",
    "POSTCOPY_END, PAGEFAULT",
    "GET_SHMEM_CONFIG, SHMEM",
    "GET_SHARED_OBJECT, SHARED_OBJECT",
    "GET_VRING_BASE_SKIP_DRAIN, GET_VRING_BASE_SKIP_DRAIN",
    "SET_VRING_ENDIAN, CROSS_ENDIAN",
    "SEND_RARP, RARP",
    "NET_SET_MTU, MTU",
    "CLOSE_CRYPTO_SESSION, CRYPTO_SESSION"
  })
  void shouldDemandTheProtocolFeature(RequestType type, String feature) {
    Samples.build(message, type);
    fds(Samples.fdCount(type));
    long others = Samples.protocolFeatures(type) & ~(1L << type.requiredFeature());
    String line = MessageRules.check(message, fds, Samples.FEATURES, others);
    assertNotNull(line);
    assertEquals("protocol feature " + feature + " wasn't negotiated", line.split(": ")[1]);
  }

  @Test
  void shouldDemandTheVirtioFeatureOfIotlbMessages() {
    Samples.build(message, RequestType.IOTLB_MSG);
    assertEquals(
        "IOTLB_MSG size 32, 0 fds: VIRTIO_F_IOMMU_PLATFORM wasn't negotiated",
        MessageRules.check(message, fds, 1L << 30, 0));
  }

  @Test
  void shouldEnableVringsOnlyOnceProtocolFeaturesAreNegotiated() {
    Samples.build(message, RequestType.SET_VRING_ENABLE);
    assertNull(MessageRules.check(message, fds, 1L << 30, 0));
    assertNull(MessageRules.check(message, fds, 0, 1));
    assertEquals(
        "SET_VRING_ENABLE size 8, 0 fds: VHOST_USER_F_PROTOCOL_FEATURES wasn't negotiated",
        MessageRules.check(message, fds, 0, 0));
  }

  @Test
  void shouldRefuseUnknownRequestsAndReplies() {
    message.request(RequestType.SET_OWNER, true);
    Memory.putInt(message.address(), 46);
    assertEquals("request 46 size 0, 0 fds: no such request", check(RequestType.SET_OWNER));
    Memory.putInt(message.address(), 3);
    Memory.putInt(message.address() + MessageHeader.FLAGS, MessageHeader.REPLY_FLAGS);
    assertEquals(
        "SET_OWNER size 0, 0 fds: a request has no reply flag", check(RequestType.SET_OWNER));
  }

  @ParameterizedTest
  @CsvSource({
    "0, num 0: must be 1 to 32768",
    "65536, num 65536: must be 1 to 32768",
    "-2147483648, num 2147483648: must be 1 to 32768",
    "257, num 257: a split vring's size must be a power of two"
  })
  void shouldRefuseQueueSizes(int num, String rule) {
    message.request(RequestType.SET_VRING_NUM, false).putVringState(0, num);
    assertEquals("SET_VRING_NUM size 8, 0 fds: " + rule, check(RequestType.SET_VRING_NUM));
  }

  @Test
  void shouldTakeAnyQueueSizeAndBothIndicesOfAPackedVring() {
    message.request(RequestType.SET_VRING_NUM, false).putVringState(0, 257);
    assertNull(MessageRules.check(message, fds, 1L << 34, 0));
    message.request(RequestType.SET_VRING_BASE, false).putVringState(0, 0x8001_8001);
    assertNull(MessageRules.check(message, fds, 1L << 34, 0));
    assertEquals(
        "SET_VRING_BASE size 8, 0 fds: num 0x80018001: a split vring's index has 16 bits",
        MessageRules.check(message, fds, 0, 0));
  }

  @Test
  void shouldRefuseOddRingAddressesAndUndefinedFlags() {
    message.request(RequestType.SET_VRING_ADDR, false);
    message.putVringAddress(new VringAddress(0, 0, 0x1000, 0x2000, 0x3001, 0));
    assertEquals(
        "SET_VRING_ADDR size 40, 0 fds:"
            + " descriptor 0x1000, used 0x2000, available 0x3001: must be even",
        check(RequestType.SET_VRING_ADDR));
    message.putVringAddress(new VringAddress(0, 2, 0x1000, 0x2000, 0x3000, 0));
    assertEquals(
        "SET_VRING_ADDR size 40, 0 fds: flags 0x2: only bit 0 is defined",
        check(RequestType.SET_VRING_ADDR));
  }

  @ParameterizedTest
  @CsvSource({
    "0x1000, 0, 0x5000, 0, size must be above 0 and below 2^63",
    "0x1000, -1, 0x5000, 0, size must be above 0 and below 2^63",
    "-4096, 0x1001, 0x5000, 0, guest addresses wrap around",
    "0x1000, 0x1001, -4096, 0, user addresses wrap around",
    "0x1000, 0x1000, 0x5000, -1, mmap offset and size exceed 2^63",
    "0x1000, 0x1000, 0x5000, 0x7ffffffffffff001, mmap offset and size exceed 2^63"
  })
  void shouldRefuseRegions(String guest, String size, String user, String offset, String rule) {
    message.request(RequestType.ADD_MEM_REG, false);
    message.putSingleRegion(
        new RegionDescription(
            Long.decode(guest), Long.decode(size), Long.decode(user), Long.decode(offset)));
    fds(1);
    assertEquals(rule, check(RequestType.ADD_MEM_REG).replaceAll(".*}: ", ""));
  }

  @Test
  void shouldAcceptARegionUpToTheLastAddress() {
    message.request(RequestType.ADD_MEM_REG, false);
    message.putSingleRegion(new RegionDescription(-4096, 4096, -4096, 0));
    fds(1);
    assertNull(check(RequestType.ADD_MEM_REG));
  }

  @Test
  void shouldRefuseRegionsThatOverlap() {
    message.request(RequestType.SET_MEM_TABLE, false);
    fds(2);
    RegionDescription low = new RegionDescription(0x1000, 0x1000, 0x10000, 0);
    message.putRegions(low, new RegionDescription(0x1fff, 0x1000, 0x20000, 0));
    assertEquals(
        "SET_MEM_TABLE size 72, 2 fds: region 1"
            + " {guest 0x1fff, size 0x1000, user 0x20000, offset 0x0}: guest addresses overlap"
            + " those of {guest 0x1000, size 0x1000, user 0x10000, offset 0x0}",
        check(RequestType.SET_MEM_TABLE));
    message.putRegions(low, new RegionDescription(0x2000, 0x1000, 0xf001, 0));
    assertNotNull(check(RequestType.SET_MEM_TABLE));
    message.putRegions(low, new RegionDescription(0x2000, 0x1000, 0x11000, 0));
    assertNull(check(RequestType.SET_MEM_TABLE));
  }

  @Test
  void shouldRefuseMoreRegionsThanFitATable() {
    message.request(RequestType.SET_MEM_TABLE, false).putRegions();
    Memory.putInt(message.payloadAddress(), 0x8000_0001);
    assertEquals(
        "SET_MEM_TABLE size 8, 0 fds: 2147483649 regions: at most 8 are allowed",
        check(RequestType.SET_MEM_TABLE));
  }

  @Test
  void shouldTakeALogOnlyWithinItsFile() {
    message.request(RequestType.SET_LOG_BASE, false);
    message.putLog(new LogDescription(0x1000, Long.MAX_VALUE));
    fds(1);
    assertNotNull(check(RequestType.SET_LOG_BASE));
    message.putLog(new LogDescription(0, 0));
    assertNotNull(check(RequestType.SET_LOG_BASE));
  }

  @Test
  void shouldTakeALogAddressWithoutFdWhereLogShmfdIsMissing() {
    message.request(RequestType.SET_LOG_BASE, false).putU64(0x1000);
    assertNull(MessageRules.check(message, fds, Samples.FEATURES, 0));
    fds(1);
    assertNotNull(MessageRules.check(message, fds, Samples.FEATURES, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "14, INBAND_NOTIFICATIONS needs BACKEND_REQ and REPLY_ACK",
    "23, GET_VRING_BASE_SKIP_DRAIN needs GET_VRING_BASE_INFLIGHT and INFLIGHT_SHMFD"
  })
  void shouldRefuseProtocolFeaturesWithoutThoseTheyNeed(int bit, String rule) {
    message.request(RequestType.SET_PROTOCOL_FEATURES, false).putU64(1L << bit);
    assertEquals(
        "SET_PROTOCOL_FEATURES size 8, 0 fds: " + rule, check(RequestType.SET_PROTOCOL_FEATURES));
  }

  @Test
  void shouldRefusePostcopyBesideMemorySlots() {
    message.request(RequestType.POSTCOPY_ADVISE, false);
    assertEquals(
        "POSTCOPY_ADVISE size 0, 0 fds: no postcopy with CONFIGURE_MEM_SLOTS",
        MessageRules.check(message, fds, 0, ProtocolFeatures.of(8, 15)));
  }

  @Test
  void shouldRefuseNumbersThatAreNeitherNoNorYes() {
    message.request(RequestType.SET_VRING_ENABLE, false).putVringState(0, 2);
    assertEquals(
        "SET_VRING_ENABLE size 8, 0 fds: num 2: must be 0 or 1",
        check(RequestType.SET_VRING_ENABLE));
  }

  @Test
  void shouldRefuseEmptyInflightRegionsAndUnknownTransfers() {
    message.request(RequestType.GET_INFLIGHT_FD, false);
    message.putInflight(new InflightDescription(0, 0, 0, 128), 24);
    assertEquals(
        "GET_INFLIGHT_FD size 24, 0 fds: 0 queues of size 128: both must be above 0",
        check(RequestType.GET_INFLIGHT_FD));
    message.request(RequestType.SET_INFLIGHT_FD, false);
    message.putInflight(new InflightDescription(0x1000, -1, 1, 128), 24);
    fds(1);
    assertNotNull(check(RequestType.SET_INFLIGHT_FD));
    message.request(RequestType.SET_DEVICE_STATE_FD, false);
    message.putDeviceState(new DeviceStateTransfer(2, 0));
    assertNotNull(check(RequestType.SET_DEVICE_STATE_FD));
    message.putDeviceState(new DeviceStateTransfer(0, 1));
    assertNotNull(check(RequestType.SET_DEVICE_STATE_FD));
  }

  @Test
  void shouldKnowWhichRequestsHaveAReplyOfTheirOwn() {
    StringBuilder names = new StringBuilder();
    for (RequestType type : RequestType.values()) {
      names.append(type.hasReply(0) ? type + " " : "");
    }
    assertEquals(
        "GET_FEATURES GET_VRING_BASE GET_PROTOCOL_FEATURES GET_QUEUE_NUM IOTLB_MSG GET_CONFIG"
            + " CREATE_CRYPTO_SESSION POSTCOPY_ADVISE POSTCOPY_END GET_INFLIGHT_FD"
            + " GET_MAX_MEM_SLOTS GET_STATUS GET_SHARED_OBJECT SET_DEVICE_STATE_FD"
            + " CHECK_DEVICE_STATE GET_SHMEM_CONFIG GET_VRING_BASE_SKIP_DRAIN",
        names.toString().strip());
    assertEquals(true, RequestType.SET_LOG_BASE.hasReply(ProtocolFeatures.of(1)));
  }

  @Test
  void shouldCheckReplies() {
    message.request(RequestType.GET_FEATURES, true);
    try (Message reply = new Message()) {
      reply.replyTo(message).putU64(1);
      assertNull(MessageRules.checkReply(RequestType.GET_FEATURES, false, reply, fds));
      assertEquals(
          "GET_FEATURES reply size 8, 0 fds: must be a reply to GET_QUEUE_NUM",
          MessageRules.checkReply(RequestType.GET_QUEUE_NUM, false, reply, fds));
      resize(reply, 4);
      assertEquals(
          "GET_FEATURES reply size 4, 0 fds: payload must be 8 bytes",
          MessageRules.checkReply(RequestType.GET_FEATURES, false, reply, fds));
      Memory.putInt(reply.address() + MessageHeader.FLAGS, 0xd);
      assertEquals(
          "GET_FEATURES reply size 4, 0 fds: flags 0xd of a reply must be 0x5",
          MessageRules.checkReply(RequestType.GET_FEATURES, false, reply, fds));
      message.request(RequestType.GET_CONFIG, false);
      reply.replyTo(message);
      assertEquals(
          "GET_CONFIG reply size 0, 0 fds: the back-end reports an error",
          MessageRules.checkReply(RequestType.GET_CONFIG, false, reply, fds));
    }
  }

  private static void resize(Message reply, int payloadBytes) {
    Memory.putInt(reply.address() + MessageHeader.SIZE, payloadBytes);
  }

  @Test
  void shouldCheckRequestsOfTheBackEnd() {
    message.request(BackendRequestType.CONFIG_CHANGE_MSG, true);
    assertNull(MessageRules.checkBackend(message, fds, ProtocolFeatures.of(9)));
    assertEquals(
        "BACKEND_CONFIG_CHANGE_MSG size 0, 0 fds: protocol feature CONFIG wasn't negotiated",
        MessageRules.checkBackend(message, fds, 0));
    fds(1);
    assertEquals(
        "BACKEND_CONFIG_CHANGE_MSG size 0, 1 fd: no fd may come with it",
        MessageRules.checkBackend(message, fds, -1));
    fds(0);
    resize(4);
    assertEquals(
        "BACKEND_CONFIG_CHANGE_MSG size 4, 0 fds: payload must be 0 bytes",
        MessageRules.checkBackend(message, fds, -1));
    Memory.putInt(message.address(), 12);
    assertEquals(
        "back-end request 12 size 4, 0 fds: no such request",
        MessageRules.checkBackend(message, fds, -1));
  }
}
