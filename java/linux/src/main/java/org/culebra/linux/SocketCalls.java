package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** The functions behind {@link Sockets} that make and ask sockets, each as culebra.h says. */
final class SocketCalls {
  private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final MethodHandle UNIX_LISTEN =
      NativeLibrary.bind(
          "culebra_unix_listen", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle UNIX_CONNECT =
      NativeLibrary.bind(
          "culebra_unix_connect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TCP_LISTEN =
      NativeLibrary.bind(
          "culebra_tcp_listen",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle TCP_CONNECT =
      NativeLibrary.bind(
          "culebra_tcp_connect",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle LOCAL_PORT =
      NativeLibrary.bind("culebra_local_port", INT_OF_INT);
  private static final MethodHandle ACCEPT = NativeLibrary.bind("culebra_accept", INT_OF_INT);
  private static final MethodHandle IS_LISTENING =
      NativeLibrary.bind("culebra_is_listening", INT_OF_INT);
  private static final MethodHandle NO_DELAY = NativeLibrary.bind("culebra_no_delay", INT_OF_INT);
  private static final MethodHandle SHUTDOWN = NativeLibrary.bind("culebra_shutdown", INT_OF_INT);
  private static final MethodHandle PAIR =
      NativeLibrary.bind("culebra_socket_pair", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));

  private SocketCalls() {}

  static int unixListen(long path, int backlog, int mode) {
    try {
      return (int) UNIX_LISTEN.invokeExact(path, backlog, mode);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int unixConnect(long path, int timeoutMs) {
    try {
      return (int) UNIX_CONNECT.invokeExact(path, timeoutMs);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int tcpListen(long address, int addressBytes, int scope, int port) {
    try {
      return (int) TCP_LISTEN.invokeExact(address, addressBytes, scope, port);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int tcpConnect(long address, int addressBytes, int scope, int port, int timeoutMs) {
    try {
      return (int) TCP_CONNECT.invokeExact(address, addressBytes, scope, port, timeoutMs);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int localPort(int fd) {
    try {
      return (int) LOCAL_PORT.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int accept(int fd) {
    try {
      return (int) ACCEPT.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int isListening(int fd) {
    try {
      return (int) IS_LISTENING.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int noDelay(int fd) {
    try {
      return (int) NO_DELAY.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int shutdown(int fd) {
    try {
      return (int) SHUTDOWN.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static int pair(long fds) {
    try {
      return (int) PAIR.invokeExact(fds);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
