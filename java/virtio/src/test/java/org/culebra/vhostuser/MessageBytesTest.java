package org.culebra.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.culebra.linux.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each message against bytes worked out by hand from the specification's pictures. */
class MessageBytesTest {
  private final Message message = new Message();
  private final Message other = new Message();

  @AfterEach
  void free() {
    message.close();
    other.close();
  }

  private static String hex(String text) {
    return text.replace(" ", "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET_FEATURES              | 01000000 01000000 00000000
          SET_FEATURES              | 02000000 01000000 08000000 460e007001000000
          SET_OWNER                 | 03000000 01000000 00000000
          RESET_OWNER               | 04000000 01000000 00000000
          SET_LOG_BASE              | 06000000 01000000 10000000 0080000000000000 0010000000000000
          SET_LOG_FD                | 07000000 01000000 00000000
          SET_VRING_NUM             | 08000000 01000000 08000000 01000000 00010000
          SET_VRING_BASE            | 0a000000 01000000 08000000 03000000 feff0000
          GET_VRING_BASE            | 0b000000 01000000 08000000 03000000 00000000
          SET_VRING_KICK            | 0c000000 01000000 08000000 0500000000000000
          SET_VRING_CALL            | 0d000000 01000000 08000000 0601000000000000
          SET_VRING_ERR             | 0e000000 01000000 08000000 ff00000000000000
          GET_PROTOCOL_FEATURES     | 0f000000 01000000 00000000
          SET_PROTOCOL_FEATURES     | 10000000 01000000 08000000 0982000000000000
          GET_QUEUE_NUM             | 11000000 01000000 00000000
          SET_VRING_ENABLE          | 12000000 01000000 08000000 07000000 01000000
          SEND_RARP                 | 13000000 01000000 08000000 0f00000000000000
          NET_SET_MTU               | 14000000 01000000 08000000 0f00000000000000
          SET_BACKEND_REQ_FD        | 15000000 01000000 00000000
          SET_VRING_ENDIAN          | 17000000 01000000 08000000 07000000 01000000
          GET_CONFIG                | 18000000 01000000 10000000 08000000 04000000 00000000 00000000
          SET_CONFIG                | 19000000 01000000 0d000000 20000000 01000000 00000000 01
          CLOSE_CRYPTO_SESSION      | 1b000000 01000000 08000000 0f00000000000000
          POSTCOPY_ADVISE           | 1c000000 01000000 00000000
          POSTCOPY_LISTEN           | 1d000000 01000000 00000000
          POSTCOPY_END              | 1e000000 01000000 00000000
          GPU_SET_SOCKET            | 21000000 01000000 00000000
          RESET_DEVICE              | 22000000 01000000 00000000
          VRING_KICK                | 23000000 01000000 08000000 03000000 00000000
          GET_MAX_MEM_SLOTS         | 24000000 01000000 00000000
          SET_STATUS                | 27000000 01000000 08000000 0f00000000000000
          GET_STATUS                | 28000000 01000000 00000000
          SET_DEVICE_STATE_FD       | 2a000000 01000000 08000000 01000000 00000000
          CHECK_DEVICE_STATE        | 2b000000 01000000 00000000
          GET_SHMEM_CONFIG          | 2c000000 01000000 00000000
          GET_VRING_BASE_SKIP_DRAIN | 2d000000 01000000 08000000 03000000 00000000
          """)
  void shouldEncodeRequestAsSpecified(RequestType type, String expected) {
    Samples.build(message, type);
    assertEquals(hex(expected), Script.hex(message));
  }

  @Test
  void shouldEncodeMemoryTableAsSpecified() {
    Samples.build(message, RequestType.SET_MEM_TABLE);
    String header = "05000000 01000000 48000000 02000000 00000000";
    String low = "0000001000000000 0000200000000000 00000000007f0000 0030000000000000";
    String high = "0000000001000000 fe2f000000000000 00000000107f0000 0000000000000000";
    assertEquals(hex(header + low + high), Script.hex(message));
  }

  @Test
  void shouldEncodeSingleRegionsAsSpecified() {
    Samples.build(message, RequestType.ADD_MEM_REG);
    Samples.build(other, RequestType.REM_MEM_REG);
    String add = "25000000 01000000 28000000 0000000000000000";
    String low = "0000001000000000 0000200000000000 00000000007f0000 0030000000000000";
    String remove = "26000000 01000000 28000000 0000000000000000";
    String high = "0000000001000000 fe2f000000000000 00000000107f0000 0000000000000000";
    assertEquals(hex(add + low), Script.hex(message));
    assertEquals(hex(remove + high), Script.hex(other));
  }

  @Test
  void shouldEncodeVringAddressAsSpecified() {
    Samples.build(message, RequestType.SET_VRING_ADDR);
    String header = "09000000 01000000 28000000 02000000 01000000";
    String addresses = "00100000007f0000 00300000007f0000 00200000007f0000 0030001000000000";
    assertEquals(hex(header + addresses), Script.hex(message));
  }

  @Test
  void shouldEncodeInflightWithAndWithoutPadding() {
    Samples.build(message, RequestType.GET_INFLIGHT_FD);
    Samples.build(other, RequestType.SET_INFLIGHT_FD);
    String get = "1f000000 01000000 14000000 0000000000000000 0000000000000000 0400 8000";
    String set = "20000000 01000000 18000000 0050000000000000 4000000000000000 0400 8000 00000000";
    assertEquals(hex(get), Script.hex(message));
    assertEquals(hex(set), Script.hex(other));
  }

  @Test
  void shouldSetNeedReplyInTheFlags() {
    message.request(RequestType.RESET_DEVICE, true);
    assertEquals(hex("22000000 09000000 00000000"), Script.hex(message));
    assertTrue(message.needsReply());
    assertFalse(message.isReply());
  }

  @Test
  void shouldNotCopyNeedReplyIntoTheReply() {
    message.request(RequestType.GET_FEATURES, true);
    other.replyTo(message).putU64(0x4000_0000L);
    assertEquals(hex("01000000 05000000 08000000 0000004000000000"), Script.hex(other));
    assertTrue(other.isReply());
    assertFalse(other.needsReply());
  }

  @Test
  void shouldReplyWithVringBaseAndConfigBytes() {
    Samples.build(message, RequestType.GET_VRING_BASE);
    other.replyTo(message).putVringState(3, 0x1234);
    assertEquals(hex("0b000000 05000000 08000000 03000000 34120000"), Script.hex(other));
    Samples.build(message, RequestType.GET_CONFIG);
    other.replyTo(message).putConfig(message.config());
    Memory.putInt(other.configBytesAddress(), 0x7e);
    assertEquals(
        hex("18000000 05000000 10000000 08000000 04000000 00000000 7e000000"), Script.hex(other));
  }

  @Test
  void shouldEncodeRequestOfTheBackEnd() {
    message.request(BackendRequestType.CONFIG_CHANGE_MSG, true);
    assertEquals(hex("02000000 09000000 00000000"), Script.hex(message));
    assertEquals(BackendRequestType.CONFIG_CHANGE_MSG, message.backendType());
  }

  @Test
  void shouldReadBackWhatEachRecordWrote() {
    Samples.build(message, RequestType.SET_MEM_TABLE);
    assertEquals(2, message.regionCount());
    assertEquals(Samples.LOW, message.region(0));
    assertEquals(Samples.HIGH, message.region(1));
    assertEquals(Samples.LOW, Samples.build(message, RequestType.ADD_MEM_REG).singleRegion());
    assertEquals(Samples.VRING, Samples.build(message, RequestType.SET_VRING_ADDR).vringAddress());
    assertEquals(
        new VringState(3, 0xfffe), Samples.build(message, RequestType.SET_VRING_BASE).vringState());
    assertEquals(Samples.INFLIGHT, Samples.build(message, RequestType.SET_INFLIGHT_FD).inflight());
    assertEquals(
        new LogDescription(0x8000, 0x1000), Samples.build(message, RequestType.SET_LOG_BASE).log());
    assertEquals(
        new ConfigAccess(32, 1, 0), Samples.build(message, RequestType.SET_CONFIG).config());
    assertEquals(
        new DeviceStateTransfer(1, 0),
        Samples.build(message, RequestType.SET_DEVICE_STATE_FD).deviceState());
  }

  @Test
  void shouldReadIndicesAbove32767AsPositive() {
    message.request(RequestType.GET_INFLIGHT_FD, false);
    message.putInflight(new InflightDescription(0, 0, 0xffff, 0x8000), 24);
    assertEquals(new InflightDescription(0, 0, 0xffff, 0x8000), message.inflight());
  }

  @Test
  void shouldReadVringIndexBesideTheNoFdBit() {
    Samples.build(message, RequestType.SET_VRING_CALL);
    assertEquals(6, message.vringFdIndex());
    assertTrue(message.vringHasNoFd());
    Samples.build(message, RequestType.SET_VRING_ERR);
    assertEquals(255, message.vringFdIndex());
    assertFalse(message.vringHasNoFd());
  }

  @Test
  void shouldNumberRequestsFrom1To45WithoutGaps() {
    String ids =
        Arrays.stream(RequestType.values())
            .map(type -> type.id() + (RequestType.of(type.id()) == type ? "" : "?"))
            .collect(Collectors.joining(" "));
    assertEquals(
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32"
            + " 33 34 35 36 37 38 39 40 41 42 43 44 45",
        ids);
    assertNull(RequestType.of(0));
    assertNull(RequestType.of(46));
    assertNull(RequestType.of(-1));
    assertNull(BackendRequestType.of(0));
    assertNull(BackendRequestType.of(11));
  }

  @Test
  void shouldNameProtocolFeaturesByTheirBits() {
    assertEquals("MQ,REPLY_ACK,CONFIG,CONFIGURE_MEM_SLOTS", ProtocolFeatures.names(0x8209));
    assertEquals("GET_VRING_BASE_SKIP_DRAIN,bit 24", ProtocolFeatures.names(3L << 23));
    assertEquals(0x8209, ProtocolFeatures.of(0, 3, 9, 15));
    assertTrue(ProtocolFeatures.has(0x8209, ProtocolFeatures.CONFIG));
    assertFalse(ProtocolFeatures.has(0x8209, ProtocolFeatures.STATUS));
  }
}
