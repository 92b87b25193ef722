package org.culebra.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.linux.FdList;
import org.culebra.linux.Memory;
import org.culebra.vhostuser.ConfigAccess;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.ProtocolFeatures;
import org.culebra.vhostuser.RegionDescription;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.blk.BlkConfig;

/**
 * Carries out what a front-end asks for (vhost-user: Front-end message types), and holds what it
 * set: features, memory, vrings. Confined to the control thread. Each request ends in exactly one
 * {@code done}, {@code reply} or {@code refuse} of its connection, now or later.
 */
final class FrontEndRequests {
  private final Connection connection;
  private final ServedDisk disk;
  private final ControlAgent control;
  private final VringRequests vrings;

  private long features;
  private long protocolFeatures;
  private GuestMemoryTable memory;
  private int backendRequestFd = -1;

  FrontEndRequests(Connection connection, ServedDisk disk, ControlAgent control) {
    this.connection = connection;
    this.disk = disk;
    this.control = control;
    this.memory = new GuestMemoryTable(control.host());
    this.vrings = new VringRequests(this, connection, disk, control);
  }

  /** Returns the protocol features offered. */
  static long offeredProtocolFeatures() {
    return ProtocolFeatures.of(
        ProtocolFeatures.MQ,
        ProtocolFeatures.REPLY_ACK,
        ProtocolFeatures.BACKEND_REQ,
        ProtocolFeatures.CONFIG,
        ProtocolFeatures.RESET_DEVICE,
        ProtocolFeatures.CONFIGURE_MEM_SLOTS);
  }

  long offeredFeatures() {
    return disk.blk().features() | FeatureBits.mask(FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES);
  }

  long features() {
    return features;
  }

  long protocolFeatures() {
    return protocolFeatures;
  }

  GuestMemoryTable memory() {
    return memory;
  }

  void carryOut(Message message, FdList fds) {
    switch (message.type()) {
      case GET_FEATURES -> connection.reply(connection.answer().putU64(offeredFeatures()));
      case SET_FEATURES -> setFeatures(message.u64());
      case GET_PROTOCOL_FEATURES ->
          connection.reply(connection.answer().putU64(offeredProtocolFeatures()));
      case SET_PROTOCOL_FEATURES -> setProtocolFeatures(message.u64());
      case GET_QUEUE_NUM -> connection.reply(connection.answer().putU64(disk.options().queues()));
      case GET_MAX_MEM_SLOTS ->
          connection.reply(connection.answer().putU64(GuestMemoryTable.REGIONS_MAX));
      case SET_MEM_TABLE -> setMemoryTable(message, fds);
      case ADD_MEM_REG -> addRegion(message.singleRegion(), fds);
      case REM_MEM_REG -> removeRegion(message.singleRegion());
      case GET_CONFIG -> getConfig(message);
      case SET_CONFIG -> setConfig(message);
      case SET_BACKEND_REQ_FD -> setBackendRequestFd(fds.take(0));
      case RESET_DEVICE -> resetDevice();
      case SET_VRING_NUM,
          SET_VRING_ADDR,
          SET_VRING_BASE,
          GET_VRING_BASE,
          SET_VRING_KICK,
          SET_VRING_CALL,
          SET_VRING_ERR,
          SET_VRING_ENABLE ->
          vrings.carryOut(message, fds);
      // RESET_OWNER is deprecated and, as the specification recommends, ignored.
      case SET_OWNER, RESET_OWNER -> connection.done();
      default -> connection.refuse(message.name() + ": not supported by this device");
    }
  }

  private void setFeatures(long wanted) {
    long unknown = wanted & ~offeredFeatures();
    if (unknown != 0) {
      connection.refuse(
          "SET_FEATURES 0x"
              + Long.toHexString(wanted)
              + ": 0x"
              + Long.toHexString(unknown)
              + " was not offered");
      return;
    }
    features = wanted;
    connection.done();
  }

  private void setProtocolFeatures(long wanted) {
    long unknown = wanted & ~offeredProtocolFeatures();
    if (unknown != 0) {
      connection.refuse(
          "SET_PROTOCOL_FEATURES 0x"
              + Long.toHexString(wanted)
              + ": "
              + ProtocolFeatures.names(unknown)
              + " was not offered");
      return;
    }
    protocolFeatures = wanted;
    connection.done();
  }

  private void setMemoryTable(Message message, FdList fds) {
    int count = message.regionCount();
    List<RegionDescription> regions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      regions.add(message.region(i));
    }
    GuestMemoryTable table = new GuestMemoryTable(control.host());
    try {
      for (int i = 0; i < count; i++) {
        table = table.plus(regions.get(i), fds.get(i));
      }
    } catch (IOException | IllegalArgumentException e) {
      table.closeAllBut(new GuestMemoryTable(control.host()));
      connection.refuse("SET_MEM_TABLE: " + e.getMessage());
      return;
    }
    replaceMemory(table, "SET_MEM_TABLE");
  }

  private void addRegion(RegionDescription region, FdList fds) {
    if (memory.isFull()) {
      connection.refuse("ADD_MEM_REG: more than " + GuestMemoryTable.REGIONS_MAX + " regions");
      return;
    }
    try {
      replaceMemory(memory.plus(region, fds.get(0)), "ADD_MEM_REG");
    } catch (IOException | IllegalArgumentException e) {
      connection.refuse("ADD_MEM_REG: " + e.getMessage());
    }
  }

  private void removeRegion(RegionDescription region) {
    GuestMemoryTable fewer = memory.minus(region);
    if (fewer == null) {
      connection.refuse("REM_MEM_REG " + region + ": no such region");
      return;
    }
    replaceMemory(fewer, "REM_MEM_REG");
  }

  /**
   * Hands running vrings another memory, and answers when all have it: from then on the driver may
   * use what was added. What is gone is unmapped when the last request that used it has ended.
   */
  private void replaceMemory(GuestMemoryTable next, String request) {
    GuestMemoryTable old = memory;
    memory = next;
    try {
      vrings.adoptMemory(next, connection::done, () -> old.closeAllBut(next));
    } catch (IllegalArgumentException e) {
      memory = old;
      next.closeAllBut(old);
      connection.refuse(request + ": " + e.getMessage());
    }
  }

  private void getConfig(Message message) {
    ConfigAccess access = message.config();
    Message answer = connection.answer();
    if (access.offset() < 0
        || access.size() < 0
        || (long) access.offset() + access.size() > ConfigAccess.SPACE_BYTES_MAX) {
      disk.errors().accept("GET_CONFIG " + access + ": beyond the configuration space");
      connection.reply(answer);
      return;
    }
    answer.putConfig(access);
    // Beyond virtio-blk's configuration the space reads as zeroes.
    int known = Math.clamp(BlkConfig.SIZE - access.offset(), 0, access.size());
    byte[] part = known > 0 ? disk.blk().config().encode(access.offset(), known) : new byte[0];
    Memory.put(answer.configBytesAddress(), part, 0, known);
    connection.reply(answer);
  }

  private void setConfig(Message message) {
    ConfigAccess access = message.config();
    if (access.flags() == ConfigAccess.LIVE_MIGRATION) {
      // Sent on the destination of a migration; the device behind us is the authority.
      connection.done();
    } else if (access.offset() == BlkConfig.WRITEBACK && access.size() == 1) {
      disk.writeback(Memory.getByte(message.configBytesAddress()) != 0);
      connection.done();
    } else {
      connection.refuse("SET_CONFIG " + access + ": only writeback can be written");
    }
  }

  private void setBackendRequestFd(int fd) {
    if (backendRequestFd >= 0) {
      control.host().close(backendRequestFd);
    }
    backendRequestFd = fd;
    connection.done();
  }

  private void resetDevice() {
    vrings.stopAll(
        () -> {
          vrings.reset();
          features = 0;
          connection.done();
        });
  }

  /** Stops every ring, then gives back memory and descriptors. */
  void close(Runnable onClosed) {
    vrings.stopAll(
        () -> {
          vrings.closeDescriptors();
          memory.closeAllBut(new GuestMemoryTable(control.host()));
          if (backendRequestFd >= 0) {
            control.host().close(backendRequestFd);
          }
          onClosed.run();
        });
  }
}
