#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"
#include "culebra.h"

#define BIT(number) (UINT64_C(1) << ((number) - 1))
#define ROUNDS 20000

static int is_readable(int fd) {
  struct pollfd poller = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&poller, 1, 0) == 1;
}

static void each_signal_is_told_once(void) {
  int fd = culebra_signals_open(BIT(SIGTERM) | BIT(SIGUSR1) | BIT(64));
  CHECK(fd >= 0);
  CHECK_EQUAL(0, culebra_signals_take(fd));
  raise(SIGTERM);
  raise(SIGUSR1);
  raise(SIGUSR1);
  raise(64);
  CHECK_EQUAL(SIGUSR1, culebra_signals_take(fd));
  CHECK(is_readable(fd));
  CHECK_EQUAL(SIGTERM, culebra_signals_take(fd));
  CHECK(is_readable(fd));
  CHECK_EQUAL(64, culebra_signals_take(fd));
  CHECK(!is_readable(fd));
  CHECK_EQUAL(0, culebra_signals_take(fd));
  CHECK_EQUAL(0, culebra_signals_close(fd));
}

static void former_effect_comes_back(void) {
  signal(SIGUSR1, SIG_IGN);
  int fd = culebra_signals_open(BIT(SIGUSR1));
  CHECK_EQUAL(0, culebra_signals_close(fd));
  raise(SIGUSR1);
  int again = culebra_signals_open(BIT(SIGUSR1));
  CHECK_EQUAL(0, culebra_signals_take(again));
  CHECK_EQUAL(0, culebra_signals_close(again));
}

static void no_signal_has_two_descriptors(void) {
  int fd = culebra_signals_open(BIT(SIGUSR1));
  CHECK_EQUAL(-EBUSY, culebra_signals_open(BIT(SIGUSR1) | BIT(SIGTERM)));
  int other = culebra_signals_open(BIT(SIGTERM));
  raise(SIGTERM);
  CHECK_EQUAL(0, culebra_signals_take(fd));
  CHECK_EQUAL(SIGTERM, culebra_signals_take(other));
  CHECK_EQUAL(0, culebra_signals_close(fd));
  CHECK_EQUAL(0, culebra_signals_close(other));
}

static void nothing_stays_caught_when_one_cannot_be(void) {
  CHECK_EQUAL(-EINVAL, culebra_signals_open(BIT(SIGHUP) | BIT(SIGKILL)));
  int fd = culebra_signals_open(BIT(SIGHUP));
  CHECK(fd >= 0);
  CHECK_EQUAL(0, culebra_signals_close(fd));
}

static void handler_keeps_errno(void) {
  int fd = culebra_signals_open(BIT(SIGUSR1));
  uint64_t largest = UINT64_MAX - 1; /* the handler's write will say EAGAIN */
  CHECK_EQUAL(sizeof largest, write(fd, &largest, sizeof largest));
  errno = EXDEV;
  raise(SIGUSR1);
  CHECK_EQUAL(EXDEV, errno);
  CHECK_EQUAL(0, culebra_signals_close(fd));
}

static _Atomic int rounds_told;

static void *raise_often(void *main_thread) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
    while (atomic_load(&rounds_told) == i) {
    }
  }
  return NULL;
}

/* A signal that comes while another is taken must not be left without a readable descriptor. */
static void none_is_lost_that_comes_while_one_is_taken(void) {
  int fd = culebra_signals_open(BIT(SIGUSR1));
  pthread_t main_thread = pthread_self();
  pthread_t raiser;
  CHECK_EQUAL(0, pthread_create(&raiser, NULL, raise_often, &main_thread));
  while (atomic_load(&rounds_told) < ROUNDS) {
    struct pollfd poller = {.fd = fd, .events = POLLIN, .revents = 0};
    poll(&poller, 1, -1);
    if (culebra_signals_take(fd) == SIGUSR1) {
      atomic_fetch_add(&rounds_told, 1);
    }
  }
  CHECK_EQUAL(0, pthread_join(raiser, NULL));
  CHECK_EQUAL(0, culebra_signals_close(fd));
}

static void signals_are_sent(void) {
  int fd = culebra_signals_open(BIT(SIGUSR1));
  CHECK_EQUAL(0, culebra_signal_send(getpid(), SIGUSR1));
  CHECK_EQUAL(SIGUSR1, culebra_signals_take(fd));
  CHECK_EQUAL(-EINVAL, culebra_signal_send(getpid(), 65));
  CHECK_EQUAL(0, culebra_signals_close(fd));
}

int main(void) {
  RUN(each_signal_is_told_once);
  RUN(former_effect_comes_back);
  RUN(no_signal_has_two_descriptors);
  RUN(nothing_stays_caught_when_one_cannot_be);
  RUN(handler_keeps_errno);
  RUN(none_is_lost_that_comes_while_one_is_taken);
  RUN(signals_are_sent);
  return 0;
}
