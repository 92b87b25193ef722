#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

#define TCP_BACKLOG 128
#define LOCK_TRIES 100
#define LOCK_PAUSE_NS 10000000L

/* Closes a descriptor that can't be used, and returns what was wrong with it. */
static int give_up(int fd, int error) {
  close(fd);
  return -error;
}

static int unix_address(struct sockaddr_un *address, const char *path) {
  size_t bytes = strlen(path);
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (bytes == 0) {
    return -EINVAL;
  }
  if (bytes >= sizeof address->sun_path) {
    return -ENAMETOOLONG;
  }
  memcpy(address->sun_path, path, bytes + 1);
  return 0;
}

/* Locks the directory of a path, so that of two processes that find a stale socket file only one
 * replaces it. Returns a descriptor to close, or -1 where the directory can't be locked. */
static int lock_directory(const struct sockaddr_un *address) {
  char directory[sizeof address->sun_path];
  memcpy(directory, address->sun_path, sizeof directory);
  char *slash = strrchr(directory, '/');
  if (slash == NULL) {
    strcpy(directory, ".");
  } else {
    slash[slash == directory] = '\0';
  }
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int tries = 0; fd >= 0 && tries < LOCK_TRIES; tries++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
      break;
    }
    struct timespec pause = {.tv_sec = 0, .tv_nsec = LOCK_PAUSE_NS};
    nanosleep(&pause, NULL);
  }
  return fd;
}

/* Unlinks a socket file on which nobody listens. */
static int unlink_stale(const struct sockaddr_un *address) {
  struct stat status;
  if (lstat(address->sun_path, &status) < 0) {
    return errno == ENOENT ? 0 : -errno;
  }
  if (!S_ISSOCK(status.st_mode)) {
    return -ENOTSOCK;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return -errno;
  }
  int connected = connect(fd, (const struct sockaddr *)address, sizeof *address);
  int error = errno;
  close(fd);
  if (connected == 0 || error != ECONNREFUSED) {
    return -EADDRINUSE;
  }
  return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address, int backlog) {
  int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
  if (bound < 0 && errno == EADDRINUSE) {
    int stale = unlink_stale(address);
    if (stale < 0) {
      return stale;
    }
    bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
  }
  return bound < 0 ? -errno : result_int(listen(fd, backlog));
}

int culebra_unix_listen(const char *path, int backlog, int mode) {
  struct sockaddr_un address;
  int error = unix_address(&address, path);
  if (error < 0) {
    return error;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return -errno;
  }
  /* bind gives the file the mode that the socket has now. */
  if (fchmod(fd, (mode_t)mode) < 0) {
    return give_up(fd, errno);
  }
  int directory = lock_directory(&address);
  error = bind_and_listen(fd, &address, backlog);
  if (directory >= 0) {
    close(directory);
  }
  return error < 0 ? give_up(fd, -error) : fd;
}

/* Waits until a connection that is in progress has an end. Returns 0 or -errno. */
static int wait_connected(int fd, int timeout_ms) {
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int64_t left = timeout_ms;
  for (;;) {
    struct pollfd poller = {.fd = fd, .events = POLLOUT, .revents = 0};
    int ready = poll(&poller, 1, timeout_ms < 0 ? -1 : (int)left);
    if (ready == 0) {
      return -ETIMEDOUT;
    }
    if (ready > 0) {
      int error = 0;
      socklen_t bytes = sizeof error;
      return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0 ? -errno : -error;
    }
    if (errno != EINTR) {
      return -errno;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    left = timeout_ms - ((now.tv_sec - start.tv_sec) * 1000 +
                         (now.tv_nsec - start.tv_nsec) / 1000000);
    left = left < 0 ? 0 : left;
  }
}

/* Connects and leaves the socket blocking. */
static int connect_within(int fd, const struct sockaddr *address, socklen_t bytes, int timeout_ms) {
  int error = connect(fd, address, bytes) < 0 ? -errno : 0;
  if (error == -EINPROGRESS || error == -EINTR) {
    error = wait_connected(fd, timeout_ms);
  }
  if (error == 0) {
    error = culebra_set_non_blocking(fd, 0);
  }
  return error < 0 ? give_up(fd, -error) : fd;
}

/* Bounds, or with 0 unbounds, how long connect waits for room in a unix socket's backlog. */
static int bound_connect(int fd, int timeout_ms) {
  struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L};
  return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ? errno : 0;
}

int culebra_unix_connect(const char *path, int timeout_ms) {
  struct sockaddr_un address;
  int error = unix_address(&address, path);
  if (error < 0) {
    return error;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return -errno;
  }
  const struct sockaddr *peer = (const struct sockaddr *)&address;
  error = timeout_ms > 0 ? bound_connect(fd, timeout_ms) : 0;
  if (error == 0) {
    /* A unix socket interrupted while it waited for room in the backlog isn't connecting. */
    error = TEMP_FAILURE_RETRY(connect(fd, peer, sizeof address)) < 0 ? errno : 0;
    error = error == EAGAIN ? ETIMEDOUT : error;
  }
  if (error == 0 && timeout_ms > 0) {
    error = bound_connect(fd, 0);
  }
  return error != 0 ? give_up(fd, error) : fd;
}

static socklen_t tcp_address(struct sockaddr_storage *storage, const void *address,
                             int address_bytes, uint32_t scope, int port) {
  memset(storage, 0, sizeof *storage);
  if (address_bytes == sizeof(struct in_addr)) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    memcpy(&v4->sin_addr, address, sizeof v4->sin_addr);
    return sizeof *v4;
  }
  if (address_bytes == sizeof(struct in6_addr)) {
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    v6->sin6_scope_id = scope;
    memcpy(&v6->sin6_addr, address, sizeof v6->sin6_addr);
    return sizeof *v6;
  }
  return 0;
}

int culebra_tcp_listen(const void *address, int address_bytes, uint32_t scope, int port) {
  struct sockaddr_storage own;
  socklen_t bytes = tcp_address(&own, address, address_bytes, scope, port);
  if (bytes == 0) {
    return -EAFNOSUPPORT;
  }
  int fd = socket(own.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return -errno;
  }
  int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(fd, (struct sockaddr *)&own, bytes) < 0 || listen(fd, TCP_BACKLOG) < 0) {
    return give_up(fd, errno);
  }
  return fd;
}

int culebra_tcp_connect(const void *address, int address_bytes, uint32_t scope, int port,
                        int timeout_ms) {
  struct sockaddr_storage peer;
  socklen_t bytes = tcp_address(&peer, address, address_bytes, scope, port);
  if (bytes == 0) {
    return -EAFNOSUPPORT;
  }
  int fd = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd < 0 ? -errno : connect_within(fd, (struct sockaddr *)&peer, bytes, timeout_ms);
}

int culebra_local_port(int fd) {
  struct sockaddr_storage own;
  socklen_t bytes = sizeof own;
  if (getsockname(fd, (struct sockaddr *)&own, &bytes) < 0) {
    return -errno;
  }
  switch (own.ss_family) {
    case AF_INET:
      return ntohs(((struct sockaddr_in *)&own)->sin_port);
    case AF_INET6:
      return ntohs(((struct sockaddr_in6 *)&own)->sin6_port);
    default:
      return -EAFNOSUPPORT;
  }
}

int culebra_accept(int fd) {
  int error = culebra_set_non_blocking(fd, 1);
  if (error < 0) {
    return error;
  }
  return result_int(TEMP_FAILURE_RETRY(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)));
}

int culebra_is_listening(int fd) {
  int listening = 0;
  socklen_t bytes = sizeof listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &bytes) < 0) {
    return -errno;
  }
  return listening != 0;
}

int culebra_no_delay(int fd) {
  int on = 1;
  return result_int(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

int culebra_shutdown(int fd) { return result_int(shutdown(fd, SHUT_RDWR)); }

int culebra_socket_pair(int fds[2]) {
  return result_int(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
}
