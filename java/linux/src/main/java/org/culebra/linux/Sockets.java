package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Stream sockets, unix and TCP.
 *
 * <p>Listening and accepted sockets don't block; connected ones and pairs do until {@link
 * Fd#setNonBlocking}. All are close-on-exec. Those that move bytes allocate nothing, return bytes,
 * 0 at the end of the stream, or {@code -errno}, and never raise SIGPIPE.
 */
public final class Sockets {
  /** Bytes that the path of a unix socket may have. */
  public static final int UNIX_PATH_BYTES_MAX = 107;

  private static final int MODE_DEFAULT = 0777;
  private static final int IPV6_BYTES = 16;

  private static final FunctionDescriptor MOVE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final FunctionDescriptor MOVE_VECTOR =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final FunctionDescriptor MOVE_FDS =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle RECEIVE = NativeLibrary.bind("culebra_receive", MOVE);
  private static final MethodHandle SEND = NativeLibrary.bind("culebra_send", MOVE);
  private static final MethodHandle RECEIVE_VECTOR =
      NativeLibrary.bind("culebra_receive_vector", MOVE_VECTOR);
  private static final MethodHandle SEND_VECTOR =
      NativeLibrary.bind("culebra_send_vector", MOVE_VECTOR);
  private static final MethodHandle RECEIVE_FDS =
      NativeLibrary.bind("culebra_receive_descriptors", MOVE_FDS);
  private static final MethodHandle SEND_FDS =
      NativeLibrary.bind("culebra_send_descriptors", MOVE_FDS);

  private Sockets() {}

  /** Listens like {@link #listenUnix(Path, int, int)}, with a mode that only the umask limits. */
  public static int listenUnix(Path path, int backlog) throws LinuxException {
    return listenUnix(path, backlog, MODE_DEFAULT);
  }

  /**
   * Listens on a unix socket; a socket file on which nobody listens is replaced.
   *
   * @param mode permissions of the socket file from its first moment on, before the umask
   * @throws LinuxException EADDRINUSE when somebody listens there, ENOTSOCK when the file is
   *     another kind of file, ENAMETOOLONG
   */
  public static int listenUnix(Path path, int backlog, int mode) throws LinuxException {
    int fd;
    try (NativeBuffer text = unixPath("listen", path)) {
      fd = SocketCalls.unixListen(text.address(), backlog, mode);
    }
    if (fd == -Errno.EADDRINUSE) {
      throw LinuxException.withRule("listen " + path, -fd, "in use by another process");
    }
    if (fd == -Errno.ENOTSOCK) {
      throw LinuxException.withRule("listen " + path, -fd, "exists and is no socket");
    }
    return LinuxException.check(fd, "listen", path);
  }

  /** Connects to a unix socket; waits for as long as its listener's backlog is full. */
  public static int connectUnix(Path path) throws LinuxException {
    return connectUnix(path, -1);
  }

  /**
   * Connects to a unix socket.
   *
   * @param timeoutMs how long to wait while the listener's backlog is full; below 0: for ever
   * @throws LinuxException ETIMEDOUT when it stayed full
   */
  public static int connectUnix(Path path, int timeoutMs) throws LinuxException {
    try (NativeBuffer text = unixPath("connect", path)) {
      int fd = SocketCalls.unixConnect(text.address(), timeoutMs);
      return LinuxException.check(fd, "connect", path);
    }
  }

  private static NativeBuffer unixPath(String operation, Path path) throws LinuxException {
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > UNIX_PATH_BYTES_MAX) {
      String rule = bytes + " bytes: a unix socket's path has at most " + UNIX_PATH_BYTES_MAX;
      throw LinuxException.withRule(operation + " " + path, Errno.ENAMETOOLONG, rule);
    }
    return CString.of(path.toString());
  }

  /**
   * Listens on a TCP port of one address.
   *
   * @param host a name or an address; of several addresses the first
   * @param port 0 takes any: see {@link #localPort}
   */
  public static int listenTcp(String host, int port) throws LinuxException {
    String operation = "listen " + host + ":" + port;
    InetAddress address = resolve(operation, host)[0];
    try (NativeBuffer bytes = bytesOf(address)) {
      int length = (int) bytes.sizeBytes();
      int fd = SocketCalls.tcpListen(bytes.address(), length, scopeOf(address), port);
      return LinuxException.check(fd, operation, "(" + address.getHostAddress() + ")");
    }
  }

  /**
   * Connects to a TCP port, at the first of the host's addresses that answers.
   *
   * @param timeoutMs for each address; below 0: the system's own
   */
  public static int connectTcp(String host, int port, int timeoutMs) throws LinuxException {
    String operation = "connect " + host + ":" + port;
    int result = -Errno.EHOSTUNREACH;
    for (InetAddress address : resolve(operation, host)) {
      try (NativeBuffer bytes = bytesOf(address)) {
        int length = (int) bytes.sizeBytes();
        result = SocketCalls.tcpConnect(bytes.address(), length, scopeOf(address), port, timeoutMs);
      }
      if (result >= 0) {
        return result;
      }
    }
    throw new LinuxException(operation, -result);
  }

  private static InetAddress[] resolve(String operation, String host) throws LinuxException {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw LinuxException.withRule(operation, Errno.EHOSTUNREACH, "unknown host");
    }
  }

  private static NativeBuffer bytesOf(InetAddress address) {
    byte[] bytes = address.getAddress();
    NativeBuffer buffer = NativeBuffer.allocate(bytes.length, IPV6_BYTES);
    Memory.put(buffer.address(), bytes, 0, bytes.length);
    return buffer;
  }

  private static int scopeOf(InetAddress address) {
    return address instanceof Inet6Address v6 ? v6.getScopeId() : 0;
  }

  /** Returns the port of the own end of a TCP socket. */
  public static int localPort(int fd) {
    int port = SocketCalls.localPort(fd);
    assert port >= 0 : "fd " + fd + ": " + Errno.name(-port);
    return port;
  }

  /**
   * Accepts a connection; a listening socket that blocks is set non-blocking.
   *
   * @return a descriptor that doesn't block, {@code -EAGAIN} when nobody waits, or {@code -errno}
   */
  public static int accept(int fd) {
    return SocketCalls.accept(fd);
  }

  /** Says whether a descriptor is a socket that listens (SO_ACCEPTCONN). */
  public static boolean isListening(int fd) {
    return SocketCalls.isListening(fd) == 1;
  }

  /** Says whether a descriptor is a socket. */
  public static boolean isSocket(int fd) {
    return SocketCalls.isListening(fd) >= 0;
  }

  /** Switches Nagle's algorithm off. */
  public static void noDelay(int fd) throws LinuxException {
    LinuxException.check(SocketCalls.noDelay(fd), "no delay fd", fd);
  }

  /** Ends both directions: the peer, and a thread that waits here, see the end of the stream. */
  public static void shutdown(int fd) {
    SocketCalls.shutdown(fd);
  }

  /** Receives into one piece of memory. */
  public static long receive(int fd, long address, long lengthBytes) {
    try {
      return (long) RECEIVE.invokeExact(fd, address, lengthBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends one piece of memory, or the beginning of it. */
  public static long send(int fd, long address, long lengthBytes) {
    try {
      return (long) SEND.invokeExact(fd, address, lengthBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Receives into scattered memory; at most {@link IoVector#KERNEL_SEGMENTS_MAX} segments. */
  public static long receiveVector(int fd, long iovecAddress, int iovecCount) {
    try {
      return (long) RECEIVE_VECTOR.invokeExact(fd, iovecAddress, iovecCount);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends scattered memory; at most {@link IoVector#KERNEL_SEGMENTS_MAX} segments. */
  public static long sendVector(int fd, long iovecAddress, int iovecCount) {
    try {
      return (long) SEND_VECTOR.invokeExact(fd, iovecAddress, iovecCount);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Receives bytes, and appends the descriptors that came with the first of them.
   *
   * @return bytes, 0, or {@code -errno}; {@code -EMSGSIZE} when more came than the list has room
   *     for: all that came are closed and the bytes lost, so that the connection is of no more use
   */
  public static int receiveWithFds(int fd, long address, int lengthBytes, FdList fds) {
    try {
      return (int) RECEIVE_FDS.invokeExact(fd, address, lengthBytes, fds.address());
    } catch (Throwable e) {
      throw new AssertionError(e);
    } finally {
      Reference.reachabilityFence(fds);
    }
  }

  /**
   * Sends bytes, at least one, and with the first of them copies of descriptors, which stay the
   * caller's; when not all bytes were sent, the rest goes without them.
   */
  public static int sendWithFds(int fd, long address, int lengthBytes, FdList fds) {
    try {
      return (int) SEND_FDS.invokeExact(fd, address, lengthBytes, fds.address());
    } catch (Throwable e) {
      throw new AssertionError(e);
    } finally {
      Reference.reachabilityFence(fds);
    }
  }

  /** Makes two connected unix sockets. */
  public static int[] pair() throws LinuxException {
    try (NativeBuffer fds = NativeBuffer.allocate(2 * Integer.BYTES, Integer.BYTES)) {
      LinuxException.check(SocketCalls.pair(fds.address()), "socket pair", "of streams");
      return new int[] {Memory.getInt(fds.address()), Memory.getInt(fds.address() + Integer.BYTES)};
    }
  }
}
