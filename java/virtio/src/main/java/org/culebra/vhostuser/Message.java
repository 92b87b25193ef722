package org.culebra.vhostuser;

import java.lang.foreign.Arena;
import org.culebra.linux.Memory;

/**
 * One message, header and payload, in native memory; reused for one message after the other.
 *
 * <p>Reading: the accessors read the payload as the type says, without a check; {@link
 * MessageRules#check} comes first. Building: {@link #request} or {@link #replyTo} writes the header
 * of an empty message, the {@code put…} methods write the payload and set its size. Confined to one
 * thread; file descriptors travel beside it in an {@code FdList}.
 */
public final class Message implements AutoCloseable {
  /** The largest payload taken; the largest one specified is SHMEM_CONFIG's with 2056 bytes. */
  public static final int PAYLOAD_BYTES_MAX = 4096;

  /** Bytes of the largest message. */
  public static final int BYTES_MAX = MessageHeader.BYTES + PAYLOAD_BYTES_MAX;

  /** Bytes before the regions of a memory table: their count, and padding. */
  public static final int TABLE_HEADER_BYTES = 8;

  /** How many regions a memory table has at most. */
  public static final int TABLE_REGIONS_MAX = 8;

  /** Bytes of padding before a single memory region. */
  public static final int SINGLE_HEADER_BYTES = 8;

  /** The bits of SET_VRING_KICK, CALL and ERR that hold the vring's index. */
  public static final long VRING_INDEX_MASK = 0xff;

  /** The bit of SET_VRING_KICK, CALL and ERR that says no file descriptor comes with it. */
  public static final long VRING_NO_FD = 0x100;

  private final Arena arena = Arena.ofShared();
  private final long address = arena.allocate(BYTES_MAX, 8).address();

  /** Makes a message of zeroes. */
  public Message() {}

  /** Returns the address of the header. */
  public long address() {
    return address;
  }

  /** Returns the address of the payload. */
  public long payloadAddress() {
    return address + MessageHeader.BYTES;
  }

  /** Returns how many bytes header and payload have. */
  public int lengthBytes() {
    return MessageHeader.BYTES + payloadBytes();
  }

  /** Returns the number of the request. */
  public int requestId() {
    return Memory.getInt(address + MessageHeader.REQUEST);
  }

  /** Returns what a front-end asks for, or null if the specification has no such number. */
  public RequestType type() {
    return RequestType.of(requestId());
  }

  /** Returns what a back-end asks for, or null if the specification has no such number. */
  public BackendRequestType backendType() {
    return BackendRequestType.of(requestId());
  }

  /** Returns the flags of the header. */
  public int flags() {
    return Memory.getInt(address + MessageHeader.FLAGS);
  }

  /** Returns the size of the payload in bytes, as the header has it; unsigned. */
  public int payloadBytes() {
    return Memory.getInt(address + MessageHeader.SIZE);
  }

  /** Says whether it is a reply. */
  public boolean isReply() {
    return (flags() & MessageHeader.REPLY) != 0;
  }

  /** Says whether the sender wants an answer even where the request has none of its own. */
  public boolean needsReply() {
    return (flags() & MessageHeader.NEED_REPLY) != 0;
  }

  /** Returns the payload as a 64-bit integer. */
  public long u64() {
    return Memory.getLong(payloadAddress());
  }

  /** Returns the vring of a SET_VRING_KICK, CALL or ERR. */
  public int vringFdIndex() {
    return (int) (u64() & VRING_INDEX_MASK);
  }

  /** Says whether a SET_VRING_KICK, CALL or ERR comes without a file descriptor. */
  public boolean vringHasNoFd() {
    return (u64() & VRING_NO_FD) != 0;
  }

  /** Returns the payload as a vring and a number. */
  public VringState vringState() {
    return VringState.read(payloadAddress());
  }

  /** Returns the payload as a vring's addresses. */
  public VringAddress vringAddress() {
    return VringAddress.read(payloadAddress());
  }

  /** Returns how many regions a memory table says it has; unsigned. */
  public int regionCount() {
    return Memory.getInt(payloadAddress());
  }

  /** Returns a region of a memory table. */
  public RegionDescription region(int index) {
    assert index >= 0 && index < TABLE_REGIONS_MAX;
    return RegionDescription.read(regionAddress(index));
  }

  /** Returns the region of ADD_MEM_REG or REM_MEM_REG. */
  public RegionDescription singleRegion() {
    return RegionDescription.read(payloadAddress() + SINGLE_HEADER_BYTES);
  }

  /** Returns where the dirty log lies. */
  public LogDescription log() {
    return LogDescription.read(payloadAddress());
  }

  /** Returns which part of the configuration space is meant. */
  public ConfigAccess config() {
    return ConfigAccess.read(payloadAddress());
  }

  /** Returns the address of that part's bytes. */
  public long configBytesAddress() {
    return payloadAddress() + ConfigAccess.BYTES;
  }

  /** Returns where and for what the inflight region is. */
  public InflightDescription inflight() {
    return InflightDescription.read(payloadAddress());
  }

  /** Returns which way the back-end's state is to go. */
  public DeviceStateTransfer deviceState() {
    return DeviceStateTransfer.read(payloadAddress());
  }

  /** Begins a request of a front-end, with an empty payload. */
  public Message request(RequestType type, boolean needReply) {
    return header(type.id(), needReply);
  }

  /** Begins a request of a back-end, with an empty payload. */
  public Message request(BackendRequestType type, boolean needReply) {
    return header(type.id(), needReply);
  }

  /** Begins the reply to a request, with an empty payload. */
  public Message replyTo(Message request) {
    return header(request.requestId(), MessageHeader.REPLY_FLAGS);
  }

  /** Makes it a copy of another message. */
  public Message copyOf(Message other) {
    Memory.copy(other.address, address, other.lengthBytes());
    return this;
  }

  /** Sets the payload to a 64-bit integer. */
  public Message putU64(long value) {
    Memory.putLong(payloadAddress(), value);
    return payload(Long.BYTES);
  }

  /**
   * Sets the payload of a SET_VRING_KICK, CALL or ERR.
   *
   * @param index which vring, 0 to 255
   * @param hasFd whether a file descriptor comes with it
   */
  public Message putVringFd(int index, boolean hasFd) {
    assert index >= 0 && index <= VRING_INDEX_MASK;
    return putU64(hasFd ? index : index | VRING_NO_FD);
  }

  /** Sets the payload to a vring and a number. */
  public Message putVringState(int index, int num) {
    new VringState(index, num).write(payloadAddress());
    return payload(VringState.BYTES);
  }

  /** Sets the payload to a vring's addresses. */
  public Message putVringAddress(VringAddress vring) {
    vring.write(payloadAddress());
    return payload(VringAddress.BYTES);
  }

  /** Sets the payload to a memory table of at most {@link #TABLE_REGIONS_MAX} regions. */
  public Message putRegions(RegionDescription... regions) {
    assert regions.length <= TABLE_REGIONS_MAX;
    Memory.putInt(payloadAddress(), regions.length);
    Memory.putInt(payloadAddress() + 4, 0);
    for (int i = 0; i < regions.length; i++) {
      regions[i].write(regionAddress(i));
    }
    return payload(TABLE_HEADER_BYTES + regions.length * RegionDescription.BYTES);
  }

  /** Sets the payload to a single region. */
  public Message putSingleRegion(RegionDescription region) {
    Memory.putLong(payloadAddress(), 0);
    region.write(payloadAddress() + SINGLE_HEADER_BYTES);
    return payload(SINGLE_HEADER_BYTES + RegionDescription.BYTES);
  }

  /** Sets the payload to where the dirty log lies. */
  public Message putLog(LogDescription log) {
    log.write(payloadAddress());
    return payload(LogDescription.BYTES);
  }

  /**
   * Sets the payload to a part of the configuration space, its bytes zeroed.
   *
   * @param access which part, at most {@link ConfigAccess#SPACE_BYTES_MAX} bytes
   */
  public Message putConfig(ConfigAccess access) {
    assert access.size() >= 0 && access.size() <= ConfigAccess.SPACE_BYTES_MAX;
    access.write(payloadAddress());
    Memory.fill(configBytesAddress(), access.size(), (byte) 0);
    return payload(ConfigAccess.BYTES + access.size());
  }

  /**
   * Sets the payload to an inflight description.
   *
   * @param payloadBytes {@link InflightDescription#BYTES} or {@link
   *     InflightDescription#PADDED_BYTES}; a reply takes the size of its request
   */
  public Message putInflight(InflightDescription inflight, int payloadBytes) {
    Memory.fill(payloadAddress(), InflightDescription.PADDED_BYTES, (byte) 0);
    inflight.write(payloadAddress());
    return payload(payloadBytes);
  }

  /** Sets the payload to a transfer of the back-end's state. */
  public Message putDeviceState(DeviceStateTransfer transfer) {
    transfer.write(payloadAddress());
    return payload(DeviceStateTransfer.BYTES);
  }

  /** Sets the payload to a copy of bytes in memory. */
  public Message putBytes(long fromAddress, int payloadBytes) {
    Memory.copy(fromAddress, payloadAddress(), payloadBytes);
    return payload(payloadBytes);
  }

  private Message header(int requestId, boolean needReply) {
    int needs = needReply ? MessageHeader.NEED_REPLY : 0;
    return header(requestId, MessageHeader.VERSION | needs);
  }

  private Message header(int requestId, int flags) {
    Memory.putInt(address + MessageHeader.REQUEST, requestId);
    Memory.putInt(address + MessageHeader.FLAGS, flags);
    return payload(0);
  }

  private Message payload(int payloadBytes) {
    assert payloadBytes >= 0 && payloadBytes <= PAYLOAD_BYTES_MAX;
    Memory.putInt(address + MessageHeader.SIZE, payloadBytes);
    return this;
  }

  private long regionAddress(int index) {
    return payloadAddress() + TABLE_HEADER_BYTES + (long) index * RegionDescription.BYTES;
  }

  /** Returns the request's name, or its number where it has none. */
  public String name() {
    RequestType type = type();
    return type == null ? "request " + requestId() : type.name();
  }

  /** Frees the memory. */
  @Override
  public void close() {
    arena.close();
  }

  @Override
  public String toString() {
    return name() + " flags 0x" + Integer.toHexString(flags()) + " size " + payloadBytes();
  }
}
