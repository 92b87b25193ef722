package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SignalsTest {
  private static final long OWN_PID = ProcessHandle.current().pid();

  private Epoll epoll;
  private int fd;

  @BeforeEach
  void open() throws LinuxException {
    fd = Signals.open(Signals.SIGTERM, Signals.SIGHUP, Signals.SIGUSR1);
    epoll = new Epoll();
    epoll.add(fd, Epoll.IN);
  }

  @AfterEach
  void close() {
    epoll.close();
    Signals.close(fd);
  }

  private int awaitSignal() {
    int taken = 0;
    while (taken == 0) {
      epoll.await(-1);
      taken = Signals.take(fd);
    }
    return taken;
  }

  @Test
  void shouldTellWhichSignalCame() throws LinuxException {
    assertEquals(0, Signals.take(fd));
    Signals.send(OWN_PID, Signals.SIGTERM);
    assertEquals(Signals.SIGTERM, awaitSignal());
    assertEquals(0, Signals.take(fd));
  }

  @Test
  void shouldTellEachOfSeveralSignals() throws LinuxException {
    Signals.send(OWN_PID, Signals.SIGUSR1);
    Signals.send(OWN_PID, Signals.SIGHUP);
    int first = awaitSignal();
    int second = awaitSignal();
    assertEquals(Signals.SIGUSR1 + Signals.SIGHUP, first + second);
  }

  @Test
  void shouldTellASignalAgainThatComesAgain() throws LinuxException {
    for (int i = 0; i < 100; i++) {
      Signals.send(OWN_PID, Signals.SIGUSR1);
      assertEquals(Signals.SIGUSR1, awaitSignal());
    }
  }

  @Test
  void shouldRefuseASignalThatIsCaughtAlready() throws LinuxException {
    int before = Fd.openCount();
    LinuxException e =
        assertThrows(LinuxException.class, () -> Signals.open(Signals.SIGINT, Signals.SIGTERM));
    assertEquals("catch signals [2, 15]: EBUSY (Device or resource busy)", e.getMessage());
    assertEquals(before, Fd.openCount());
    int free = Signals.open(Signals.SIGINT);
    Signals.send(OWN_PID, Signals.SIGUSR1);
    assertEquals(Signals.SIGUSR1, awaitSignal());
    assertEquals(0, Signals.take(free));
    Signals.close(free);
  }

  @Test
  void shouldRefuseASignalThatNobodyCanCatch() {
    int sigkill = 9;
    LinuxException e = assertThrows(LinuxException.class, () -> Signals.open(sigkill));
    assertEquals(Errno.EINVAL, e.errno());
  }

  @Test
  void shouldNameTheProcessThatCannotBeSignalled() {
    long nobody = 1 << 30;
    LinuxException e =
        assertThrows(LinuxException.class, () -> Signals.send(nobody, Signals.SIGTERM));
    assertEquals("send signal 15 to 1073741824: ESRCH (No such process)", e.getMessage());
  }
}
