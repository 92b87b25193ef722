package org.culebra.frontend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.culebra.linux.FdList;
import org.culebra.linux.Mapping;
import org.culebra.linux.MemFd;
import org.culebra.linux.Memory;
import org.culebra.vhostuser.ConfigAccess;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.ProtocolFeatures;
import org.culebra.vhostuser.RegionDescription;
import org.culebra.vhostuser.RequestType;
import org.culebra.virtio.blk.BlkConfig;

/**
 * A connection to a back-end, from the first message to the last.
 *
 * <p>Confined to one thread; the requests of a queue may be another thread's. Every wait ends after
 * {@link FrontEndOptions#timeoutNs}. A method throws {@link FrontEndException} when the back-end
 * closes, keeps silent, or answers what it must not; the connection is of no use then.
 */
public final class FrontEnd implements AutoCloseable {
  private static final int STATUS_ACKNOWLEDGE = 1;
  private static final int STATUS_DRIVER = 2;
  private static final int STATUS_DRIVER_OK = 4;
  private static final int STATUS_FEATURES_OK = 8;
  private static final long ADDED_BASE_OFFSET = 1L << 40;
  private static final long ADDED_STEP = 1L << 36;

  private final FrontEndOptions options;
  private final ControlChannel channel;
  private final Negotiation negotiation;
  private final boolean isLibblkio;
  private final List<FrontEndQueue> queues = new ArrayList<>();
  private final List<AddedMemory> added = new ArrayList<>();
  private SharedMemory memory;
  private VringControl vrings;
  private long addedCount;
  private boolean isClosed;

  private FrontEnd(Path socket, FrontEndOptions options) throws IOException {
    this.options = options;
    this.isLibblkio = options.order() == MessageOrder.LIBBLKIO;
    this.channel = new ControlChannel(socket, options);
    this.negotiation = new Negotiation(channel, options);
  }

  /** Connects and does nothing else: for tests that speak for themselves. */
  public static FrontEnd connectOnly(Path socket, FrontEndOptions options) throws IOException {
    return new FrontEnd(socket, options);
  }

  /** Connects, negotiates and shares memory; the queues are there, but not started. */
  public static FrontEnd connect(Path socket, FrontEndOptions options) throws IOException {
    FrontEnd frontEnd = new FrontEnd(socket, options);
    try {
      frontEnd.open();
    } catch (IOException | RuntimeException e) {
      frontEnd.disconnect();
      throw e;
    }
    return frontEnd;
  }

  private void open() throws IOException {
    negotiation.run();
    memory = new SharedMemory(options);
    vrings = new VringControl(channel, memory, options, negotiation.features());
    for (int i = 0; i < options.queueCount(); i++) {
      queues.add(new FrontEndQueue(vrings, memory, options, i));
    }
    if (!isLibblkio) {
      for (FrontEndQueue queue : queues) {
        vrings.placeholderCall(queue);
      }
      negotiation.setFeatures();
      addStatus(STATUS_FEATURES_OK);
    }
    shareMemory();
  }

  /** Starts all queues and enables them. */
  public void start() throws IOException {
    for (FrontEndQueue queue : queues) {
      queue.start();
    }
    if (!isLibblkio) {
      for (FrontEndQueue queue : queues) {
        queue.enable(true);
      }
      addStatus(STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK);
    }
  }

  /** Disables all queues, then stops those that were started; a device status becomes 0. */
  public void stop() throws IOException {
    for (FrontEndQueue queue : queues) {
      queue.enable(false);
    }
    for (FrontEndQueue queue : queues) {
      if (queue.isStarted()) {
        queue.stop();
      }
    }
    if (negotiation.has(ProtocolFeatures.STATUS)) {
      setStatus(0);
    }
  }

  /** Tells the back-end of all regions, those that were added later too. */
  public void shareMemory() throws IOException {
    if (negotiation.has(ProtocolFeatures.CONFIGURE_MEM_SLOTS)) {
      for (RegionDescription region : memory.regions()) {
        exchangeRegion(RequestType.ADD_MEM_REG, region, memory.fd());
      }
      return;
    }
    List<RegionDescription> table = new ArrayList<>(memory.regions());
    int[] fds = new int[table.size() + added.size()];
    Arrays.fill(fds, memory.fd());
    for (AddedMemory each : added) {
      fds[table.size()] = each.fd();
      table.add(each.region());
    }
    channel
        .begin(RequestType.SET_MEM_TABLE, asks())
        .putRegions(table.toArray(RegionDescription[]::new));
    channel.exchange(fds);
  }

  /**
   * Adds a region in a file of its own, by ADD_MEM_REG or by a new memory table.
   *
   * @param sizeBytes any number above 0
   */
  public AddedMemory addMemory(long sizeBytes) throws IOException {
    long offset = ADDED_BASE_OFFSET + ADDED_STEP * addedCount;
    RegionDescription region =
        new RegionDescription(
            SharedMemory.GUEST_BASE + offset, sizeBytes, SharedMemory.USER_BASE + offset, 0);
    int fd = MemFd.create("added-memory", sizeBytes);
    AddedMemory memoryAdded = new AddedMemory(fd, Mapping.map(fd, 0, sizeBytes, true), region);
    added.add(memoryAdded);
    addedCount++;
    if (negotiation.has(ProtocolFeatures.CONFIGURE_MEM_SLOTS)) {
      exchangeRegion(RequestType.ADD_MEM_REG, region, fd);
    } else {
      shareMemory();
    }
    return memoryAdded;
  }

  /** Takes a region away again, by REM_MEM_REG or by a new memory table, and closes it. */
  public void removeMemory(AddedMemory memoryAdded) throws IOException {
    added.remove(memoryAdded);
    if (negotiation.has(ProtocolFeatures.CONFIGURE_MEM_SLOTS)) {
      int[] fds = isLibblkio ? new int[] {memoryAdded.fd()} : new int[0];
      exchangeRegion(RequestType.REM_MEM_REG, memoryAdded.region(), fds);
    } else {
      shareMemory();
    }
    memoryAdded.close();
  }

  private void exchangeRegion(RequestType type, RegionDescription region, int... fds)
      throws IOException {
    channel.begin(type, asks()).putSingleRegion(region);
    channel.exchange(fds);
  }

  /** Switches the device's write cache on or off; CONFIG_WCE must have been negotiated. */
  public void setWriteCache(boolean on) throws IOException {
    Message message = channel.begin(RequestType.SET_CONFIG, asks());
    message.putConfig(new ConfigAccess(BlkConfig.WRITEBACK, 1, ConfigAccess.WRITABLE));
    Memory.putByte(message.configBytesAddress(), (byte) (on ? 1 : 0));
    channel.exchange();
  }

  /** Resets the device; all queues are stopped and empty then. */
  public void resetDevice() throws IOException {
    channel.begin(RequestType.RESET_DEVICE, asks());
    channel.exchange();
    for (FrontEndQueue queue : queues) {
      queue.onReset();
    }
  }

  /** Gives the back-end its own channel. */
  public void openBackendChannel() throws IOException {
    BackendChannel backendChannel = new BackendChannel(negotiation.protocolFeatures());
    channel.serve(backendChannel);
    channel.begin(RequestType.SET_BACKEND_REQ_FD, asks());
    channel.exchange(backendChannel.theirs());
    backendChannel.closeTheirs();
  }

  /** Waits until CONFIG_CHANGE_MSG has come so many times in all; false when the time is over. */
  public boolean awaitConfigChanges(int count, long timeoutNs) throws IOException {
    return channel.awaitConfigChanges(count, timeoutNs);
  }

  /** Sets the virtio device status. */
  public void setStatus(int status) throws IOException {
    channel.begin(RequestType.SET_STATUS, asks()).putU64(status);
    channel.exchange();
  }

  /** Asks for the virtio device status. */
  public int getStatus() throws IOException {
    channel.begin(RequestType.GET_STATUS, false);
    return (int) channel.exchange().u64();
  }

  private void addStatus(int bits) throws IOException {
    if (negotiation.has(ProtocolFeatures.STATUS)) {
      setStatus(getStatus() | bits);
    }
  }

  /** Waits until the back-end has dealt with all that was sent before. */
  public void sync() throws IOException {
    channel.begin(RequestType.GET_FEATURES, false);
    channel.exchange();
  }

  /** Begins any request; its payload is put next, and {@link #exchange} sends it. */
  public Message begin(RequestType type, boolean needReply) {
    return channel.begin(type, needReply);
  }

  /**
   * Sends the request that was begun, and waits for its reply or acknowledgement, if it has one.
   *
   * @param fds go with it; they stay the caller's
   * @return its own reply, valid until the next request, or null
   */
  public Message exchange(int... fds) throws IOException {
    return channel.exchange(fds);
  }

  /** Returns descriptors that came with the last reply; take them, or they will be closed. */
  public FdList replyFds() {
    return channel.replyFds();
  }

  /** Sends any bytes with any descriptors, which stay the caller's. */
  public void sendRaw(byte[] bytes, int... fds) throws IOException {
    channel.sendRaw(bytes, fds);
  }

  /**
   * Receives what has come, and waits for the first byte.
   *
   * @param fds descriptors that come with it are appended, and are the caller's
   * @return the bytes, or null when the back-end has closed the connection
   */
  public byte[] receiveRaw(int bytesMax, FdList fds) throws IOException {
    return channel.receiveRaw(bytesMax, fds);
  }

  private boolean asks() {
    return channel.hasReplyAck();
  }

  /** Returns a queue. */
  public FrontEndQueue queue(int index) {
    return queues.get(index);
  }

  /** Returns the memory that is shared from the beginning. */
  public SharedMemory memory() {
    return memory;
  }

  /** Returns the configuration space as read last. */
  public BlkConfig config() {
    return negotiation.config();
  }

  /** Reads the configuration space again. */
  public BlkConfig readConfig() throws IOException {
    return negotiation.readConfig();
  }

  /** Returns the virtio features that the back-end offers. */
  public long offeredFeatures() {
    return negotiation.offeredFeatures();
  }

  /** Returns the virtio features that were negotiated. */
  public long features() {
    return negotiation.features();
  }

  /** Returns the protocol features that the back-end offers. */
  public long offeredProtocolFeatures() {
    return negotiation.offeredProtocolFeatures();
  }

  /** Returns the protocol features that were negotiated. */
  public long protocolFeatures() {
    return negotiation.protocolFeatures();
  }

  /** Returns how many queues the back-end has at most. */
  public long queueCountMax() {
    return negotiation.queueCountMax();
  }

  /** Returns how many memory regions the back-end takes at most. */
  public long memorySlotsMax() {
    return negotiation.memorySlotsMax();
  }

  /** Ends the connection as the chosen order does; QEMU's stops the queues first. */
  @Override
  public void close() {
    if (!isClosed && !isLibblkio && queues.stream().anyMatch(FrontEndQueue::isStarted)) {
      try {
        stop();
      } catch (IOException e) {
        assert e.getMessage() != null; // the back-end is gone already, which is what is wanted
      }
    }
    disconnect();
  }

  /** Ends the connection without a word, and frees everything. */
  public void disconnect() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    channel.close();
    queues.forEach(FrontEndQueue::close);
    added.forEach(AddedMemory::close);
    if (memory != null) {
      memory.close();
    }
  }
}
