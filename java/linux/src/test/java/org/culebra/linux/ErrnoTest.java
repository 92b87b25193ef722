package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void shouldNameAndExplainNumbers() {
    assertEquals("ECONNREFUSED", Errno.name(Errno.ECONNREFUSED));
    assertEquals("Connection refused", Errno.message(Errno.ECONNREFUSED));
  }

  @Test
  void shouldShowNumbersThatHaveNoName() {
    assertEquals("errno 4095", Errno.name(4095));
    assertEquals("unknown error", Errno.message(4095));
  }

  @Test
  void shouldTellOperationNameAndMessage() {
    LinuxException e = new LinuxException("connect /tmp/x.sock", Errno.ECONNREFUSED);
    assertEquals("connect /tmp/x.sock: ECONNREFUSED (Connection refused)", e.getMessage());
    assertEquals(111, e.errno());
  }
}
