package org.culebra.frontend;

import java.io.IOException;
import org.culebra.linux.EventFd;
import org.culebra.vhostuser.Message;
import org.culebra.vhostuser.RequestType;
import org.culebra.vhostuser.VringAddress;
import org.culebra.virtio.FeatureBits;
import org.culebra.virtio.driver.SplitRingLayout;

/** The messages that set up, start and stop a vring, in the order that was chosen. */
final class VringControl {
  private final ControlChannel channel;
  private final SharedMemory memory;
  private final FrontEndOptions options;
  private final long features;
  private final boolean isLibblkio;

  VringControl(
      ControlChannel channel, SharedMemory memory, FrontEndOptions options, long features) {
    this.channel = channel;
    this.memory = memory;
    this.options = options;
    this.features = features;
    this.isLibblkio = options.order() == MessageOrder.LIBBLKIO;
  }

  long features() {
    return features;
  }

  void start(FrontEndQueue queue, int base) throws IOException {
    int index = queue.index();
    state(RequestType.SET_VRING_NUM, index, options.queueSize());
    state(RequestType.SET_VRING_BASE, index, base);
    address(index, queue.rings());
    fd(RequestType.SET_VRING_KICK, index, queue.kickFd(), options.passesKick());
    if (!isLibblkio) {
      fd(RequestType.SET_VRING_ERR, index, queue.errFd(), true);
    }
    fd(RequestType.SET_VRING_CALL, index, queue.callFd(), options.passesCall());
    if (isLibblkio) {
      enable(queue, true);
    } else {
      EventFd.signal(queue.kickFd()); // vhost-user, Ring states: front-ends should inject a kick
    }
  }

  /** QEMU passes a call eventfd already when it opens the device. */
  void placeholderCall(FrontEndQueue queue) throws IOException {
    fd(RequestType.SET_VRING_CALL, queue.index(), queue.callFd(), options.passesCall());
  }

  int stop(FrontEndQueue queue) throws IOException {
    int index = queue.index();
    channel.begin(RequestType.GET_VRING_BASE, isLibblkio).putVringState(index, 0);
    Message reply = channel.exchange();
    if (reply.vringState().index() != index) {
      throw new FrontEndException("GET_VRING_BASE of " + index + ": answers " + reply.vringState());
    }
    return reply.vringState().num();
  }

  /** Without feature bit 30 vrings are enabled by themselves, and the message isn't allowed. */
  void enable(FrontEndQueue queue, boolean on) throws IOException {
    if (FeatureBits.has(features, FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES)) {
      state(RequestType.SET_VRING_ENABLE, queue.index(), on ? 1 : 0);
    }
  }

  private void state(RequestType type, int index, int num) throws IOException {
    channel.begin(type, isLibblkio).putVringState(index, num);
    channel.exchange();
  }

  private void address(int index, SplitRingLayout rings) throws IOException {
    VringAddress address =
        new VringAddress(
            index,
            0,
            memory.userAddress(rings.descriptorTableAddress()),
            memory.userAddress(rings.usedRingAddress()),
            memory.userAddress(rings.availableRingAddress()),
            memory.guestAddress(rings.usedRingAddress()));
    channel.begin(RequestType.SET_VRING_ADDR, isLibblkio).putVringAddress(address);
    channel.exchange();
  }

  private void fd(RequestType type, int index, int fd, boolean passes) throws IOException {
    channel.begin(type, isLibblkio).putVringFd(index, passes);
    if (passes) {
      channel.exchange(fd);
    } else {
      channel.exchange();
    }
  }
}
