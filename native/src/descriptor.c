#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int culebra_close(int fd) { return result_int(close(fd)); }

int culebra_duplicate(int fd) { return result_int(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

int culebra_set_non_blocking(int fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) {
    return -errno;
  }
  int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  return wanted == flags ? 0 : result_int(fcntl(fd, F_SETFL, wanted));
}

int culebra_eventfd(void) { return result_int(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int culebra_eventfd_signal(int fd) {
  uint64_t one = 1;
  return TEMP_FAILURE_RETRY(write(fd, &one, sizeof one)) < 0 ? -errno : 0;
}

int culebra_eventfd_signal_foreign(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) {
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    if (TEMP_FAILURE_RETRY(poll(&room, 1, 0)) != 1 || (room.revents & POLLOUT) == 0) {
      return -EAGAIN;
    }
  }
  return culebra_eventfd_signal(fd);
}

/* RWF_NOWAIT: whatever flags another process sets, between the wait and the read too. */
static ssize_t read_now(int fd, uint64_t *counter) {
  struct iovec vector = {.iov_base = counter, .iov_len = sizeof *counter};
  ssize_t count = TEMP_FAILURE_RETRY(preadv2(fd, &vector, 1, -1, RWF_NOWAIT));
  if (count < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    return TEMP_FAILURE_RETRY(read(fd, counter, sizeof *counter));
  }
  return count;
}

int culebra_eventfd_drain(int fd) {
  uint64_t counter = 0;
  if (read_now(fd, &counter) < 0) {
    return errno == EAGAIN ? 0 : -errno;
  }
  return counter != 0;
}

int culebra_epoll(void) { return result_int(epoll_create1(EPOLL_CLOEXEC)); }

int culebra_epoll_control(int epoll, int operation, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data = {.u64 = 0}};
  event.data.fd = fd;
  return result_int(epoll_ctl(epoll, operation, fd, &event));
}

/* Rounds up: a wait never ends before its time. */
static int timeout_ms(int64_t timeout_ns) {
  int64_t ms = timeout_ns / NS_PER_MS + (timeout_ns % NS_PER_MS != 0);
  return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static int wait_ns(int epoll, void *events, int count, int64_t timeout_ns) {
  static _Atomic int missing;
  if (!atomic_load_explicit(&missing, memory_order_relaxed)) {
    struct timespec timeout = {.tv_sec = timeout_ns / NS_PER_SECOND,
                               .tv_nsec = timeout_ns % NS_PER_SECOND};
    long ready = syscall(SYS_epoll_pwait2, epoll, events, count, &timeout, NULL, (size_t)0);
    /* EPERM: a container's system call filter that doesn't know the call. */
    if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) {
      return (int)ready;
    }
    atomic_store_explicit(&missing, 1, memory_order_relaxed);
  }
  return epoll_wait(epoll, events, count, timeout_ms(timeout_ns));
}

int culebra_epoll_wait(int epoll, void *events, int count, int64_t timeout_ns) {
  int ready = timeout_ns <= 0 ? epoll_wait(epoll, events, count, timeout_ns < 0 ? -1 : 0)
                              : wait_ns(epoll, events, count, timeout_ns);
  return ready < 0 && errno == EINTR ? 0 : result_int(ready);
}
