package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.culebra.block.MemoryDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.MemFd;
import org.culebra.linux.Memory;
import org.culebra.linux.NativeBuffer;
import org.culebra.linux.Sockets;
import org.culebra.linux.uring.Ring;
import org.culebra.vhostuser.RequestType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kick, call and error descriptors that are not what they should be: no thread waits for them. */
class NotificationDescriptorsTest {
  private static final long CAPACITY_BYTES = 4 << 20;
  private static final String OTHER = "other";

  /** The largest value of an eventfd: a write of 1 more waits until someone reads. */
  private static final long COUNTER_MAX = -2;

  private ServedDisks disks;
  private FrontEnd frontEnd;
  private FrontEnd other;

  @BeforeEach
  void serveTwoDisksByOneAgent() throws Exception {
    disks =
        new ServedDisks()
            .disk(ServedDisks.DISK, new MemoryDevice(CAPACITY_BYTES))
            .disk(OTHER, new MemoryDevice(CAPACITY_BYTES))
            .start();
    frontEnd = disks.connect(new FrontEndOptions());
    other = disks.connect(OTHER, new FrontEndOptions());
  }

  @AfterEach
  void shouldHaveServedTheOtherDisk() throws Exception {
    new Guest(other, 0).write(0, new byte[512]);
    frontEnd.close();
    other.close();
    disks.close();
  }

  private void set(RequestType type, int fd) throws Exception {
    frontEnd.begin(type, true).putVringFd(0, true);
    frontEnd.exchange(fd);
  }

  private static int fullBlockingEventFd() throws Exception {
    int fd = EventFd.open();
    try (NativeBuffer buffer = NativeBuffer.allocate(Long.BYTES, Long.BYTES);
        Ring ring = new Ring(1)) {
      Memory.putLong(buffer.address(), COUNTER_MAX);
      ring.sq().next().write(fd, buffer.address(), Long.BYTES, 0);
      ring.submitAndWait(1, Guest.TIMEOUT_NS);
      assertEquals(Long.BYTES, ring.cq().result(0));
    }
    Fd.setNonBlocking(fd, false);
    return fd;
  }

  @ParameterizedTest
  @EnumSource(names = {"SET_VRING_KICK", "SET_VRING_CALL", "SET_VRING_ERR"})
  void shouldRefuseWhatIsNoEventFd(RequestType type) throws Exception {
    int[] pair = Sockets.pair();
    Fd.close(pair[1]);
    int file = MemFd.create("no-eventfd", 4096);
    for (int fd : new int[] {file, pair[0]}) {
      assertThrows(FrontEndException.class, () -> set(type, fd));
      frontEnd.disconnect();
      frontEnd = disks.connect(new FrontEndOptions());
      Fd.close(fd);
    }
    assertEquals(
        List.of("disk d0: " + type + " of vring 0: fd: must be an eventfd"), disks.errors());
  }

  @Test
  void shouldNotWaitForRoomInACall() throws Exception {
    int full = fullBlockingEventFd();
    set(RequestType.SET_VRING_CALL, full);
    new Guest(other, 0).write(0, new byte[512]);
    Fd.close(full);
  }

  @Test
  void shouldNotWaitForRoomInAnErrorDescriptor() throws Exception {
    int full = fullBlockingEventFd();
    set(RequestType.SET_VRING_ERR, full);
    new RawChain(frontEnd, 0).descriptor(0, 1, 1, 0, 0).available(0);
    Await.until("the ring never broke", () -> !disks.errors().isEmpty());
    new Guest(other, 0).write(0, new byte[512]);
    Fd.close(full);
  }

  @Test
  void shouldServeAKickThatBlocks() throws Exception {
    int kick = EventFd.open();
    Fd.setNonBlocking(kick, false);
    set(RequestType.SET_VRING_KICK, kick);
    Guest guest = new Guest(frontEnd, 0);
    for (int i = 0; i < 20; i++) {
      assertTrue(guest.queue().flush(i, 0));
      guest.queue().driver().publish();
      EventFd.signal(kick);
      assertTrue(guest.await());
    }
    Fd.close(kick);
  }

  @Test
  void shouldServeOnWhileDescriptorsAreReplacedUnderLoad() throws Exception {
    Guest guest = new Guest(frontEnd, 0);
    for (int i = 0; i < 200; i++) {
      int kick = guest.queue().kickFd();
      set(RequestType.SET_VRING_KICK, kick);
      set(RequestType.SET_VRING_CALL, guest.queue().callFd());
      guest.queue().enable(i % 2 == 0);
      guest.queue().enable(true);
      guest.write(i, Guest.pattern(i, 512));
      assertArrayEquals(Guest.pattern(i, 512), guest.read(i, 512));
    }
  }
}
