#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "culebra.h"

static int is_close_on_exec(int fd) { return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

static void eventfd_is_drained_once(void) {
  int fd = culebra_eventfd();
  CHECK(fd >= 0);
  CHECK(is_close_on_exec(fd));
  CHECK_EQUAL(0, culebra_eventfd_drain(fd));
  CHECK_EQUAL(0, culebra_eventfd_signal(fd));
  CHECK_EQUAL(0, culebra_eventfd_signal(fd));
  CHECK_EQUAL(1, culebra_eventfd_drain(fd));
  CHECK_EQUAL(0, culebra_eventfd_drain(fd));
  CHECK_EQUAL(0, culebra_close(fd));
  CHECK_EQUAL(-EBADF, culebra_close(fd));
  CHECK_EQUAL(-EBADF, culebra_eventfd_signal(fd));
  CHECK_EQUAL(-EBADF, culebra_eventfd_drain(fd));
}

static void full_eventfd_does_not_block(void) {
  int fd = culebra_eventfd();
  uint64_t largest = UINT64_MAX - 1;
  CHECK_EQUAL(sizeof largest, write(fd, &largest, sizeof largest));
  CHECK_EQUAL(-EAGAIN, culebra_eventfd_signal(fd));
  CHECK_EQUAL(1, culebra_eventfd_drain(fd));
  culebra_close(fd);
}

static void foreign_eventfd_that_blocks_does_not(void) {
  int fd = culebra_eventfd();
  uint64_t largest = UINT64_MAX - 1;
  CHECK_EQUAL(0, culebra_set_non_blocking(fd, 0));
  CHECK_EQUAL(0, culebra_eventfd_drain(fd));
  CHECK_EQUAL(0, culebra_eventfd_signal_foreign(fd));
  CHECK_EQUAL(1, culebra_eventfd_drain(fd));
  CHECK_EQUAL(sizeof largest, write(fd, &largest, sizeof largest));
  CHECK_EQUAL(-EAGAIN, culebra_eventfd_signal_foreign(fd));
  CHECK_EQUAL(1, culebra_eventfd_drain(fd));
  culebra_close(fd);
  CHECK_EQUAL(-EBADF, culebra_eventfd_signal_foreign(fd));
}

static void blocking_is_switched(void) {
  int ends[2];
  CHECK_EQUAL(0, pipe(ends));
  CHECK_EQUAL(0, culebra_set_non_blocking(ends[0], 1));
  char byte;
  CHECK_EQUAL(-1, read(ends[0], &byte, 1));
  CHECK_EQUAL(0, culebra_set_non_blocking(ends[0], 0));
  CHECK_EQUAL(0, fcntl(ends[0], F_GETFL) & O_NONBLOCK);
  CHECK_EQUAL(-EBADF, culebra_set_non_blocking(9999, 1));
  int duplicate = culebra_duplicate(ends[1]);
  CHECK(duplicate > ends[1]);
  CHECK(is_close_on_exec(duplicate));
  CHECK_EQUAL(-EBADF, culebra_duplicate(9999));
  culebra_close(ends[0]);
  culebra_close(ends[1]);
  culebra_close(duplicate);
}

static void epoll_tells_who_is_ready(void) {
  struct epoll_event events[4];
  int epoll = culebra_epoll();
  int first = culebra_eventfd();
  int second = culebra_eventfd();
  CHECK(is_close_on_exec(epoll));
  CHECK_EQUAL(0, culebra_epoll_control(epoll, EPOLL_CTL_ADD, first, EPOLLIN));
  CHECK_EQUAL(0, culebra_epoll_control(epoll, EPOLL_CTL_ADD, second, EPOLLIN));
  CHECK_EQUAL(-EEXIST, culebra_epoll_control(epoll, EPOLL_CTL_ADD, second, EPOLLIN));
  CHECK_EQUAL(0, culebra_epoll_wait(epoll, events, 4, 0));
  culebra_eventfd_signal(second);
  CHECK_EQUAL(1, culebra_epoll_wait(epoll, events, 4, -1));
  CHECK_EQUAL(second, events[0].data.fd);
  CHECK_EQUAL(EPOLLIN, events[0].events);
  CHECK_EQUAL(0, culebra_epoll_control(epoll, EPOLL_CTL_DEL, second, 0));
  CHECK_EQUAL(0, culebra_epoll_wait(epoll, events, 4, 0));
  culebra_close(first);
  culebra_close(second);
  culebra_close(epoll);
}

static void epoll_waits_no_shorter_than_asked(void) {
  struct epoll_event event;
  struct timespec start;
  struct timespec end;
  int epoll = culebra_epoll();
  int64_t timeout_ns = 2500000;
  clock_gettime(CLOCK_MONOTONIC, &start);
  CHECK_EQUAL(0, culebra_epoll_wait(epoll, &event, 1, timeout_ns));
  clock_gettime(CLOCK_MONOTONIC, &end);
  CHECK((end.tv_sec - start.tv_sec) * INT64_C(1000000000) + end.tv_nsec - start.tv_nsec >=
        timeout_ns);
  culebra_close(epoll);
}

int main(void) {
  RUN(eventfd_is_drained_once);
  RUN(full_eventfd_does_not_block);
  RUN(foreign_eventfd_that_blocks_does_not);
  RUN(blocking_is_switched);
  RUN(epoll_tells_who_is_ready);
  RUN(epoll_waits_no_shorter_than_asked);
  return 0;
}
