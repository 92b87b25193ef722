package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FdTest {
  @Test
  void shouldCountWhatIsOpen() throws LinuxException {
    int before = Fd.openCount();
    int fd = EventFd.open();
    int duplicate = Fd.duplicate(fd);
    assertEquals(before + 2, Fd.openCount());
    EventFd.signal(duplicate);
    assertTrue(EventFd.drain(fd));
    Fd.close(fd);
    Fd.close(duplicate);
    assertEquals(before, Fd.openCount());
  }

  @Test
  void shouldIgnoreNoDescriptorAndRefuseOneThatIsNotOpen() {
    Fd.close(-1);
    assertThrows(AssertionError.class, () -> Fd.close(9999));
  }

  @Test
  void shouldNameTheDescriptorThatCannotBeDuplicated() {
    LinuxException e = assertThrows(LinuxException.class, () -> Fd.duplicate(9999));
    assertEquals("duplicate fd 9999: EBADF (Bad file descriptor)", e.getMessage());
  }

  @Test
  void shouldSwitchBlockingOff() throws LinuxException {
    int[] pair = Sockets.pair();
    Fd.setNonBlocking(pair[0], true);
    try (NativeBuffer buffer = NativeBuffer.allocate(8, 8)) {
      assertEquals(-Errno.EAGAIN, Sockets.receive(pair[0], buffer.address(), 8));
    }
    Fd.close(pair[0]);
    Fd.close(pair[1]);
  }
}
