#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

#define SIGNALS 64

/* Bit n - 1: signal n came and was not taken. */
static _Atomic uint64_t pending;
/* The eventfd of a signal + 1; 0: not caught. */
static _Atomic int target[SIGNALS + 1];
static struct sigaction former[SIGNALS + 1];
/* Guards `former` and changes of `target`. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uint64_t bit_of(int number) { return UINT64_C(1) << (number - 1); }

/* Async-signal-safe: lock-free atomics and write. */
static void on_signal(int number) {
  int error = errno;
  int fd = atomic_load(&target[number]) - 1;
  atomic_fetch_or(&pending, bit_of(number));
  if (fd >= 0) {
    culebra_eventfd_signal(fd);
  }
  errno = error;
}

static void restore(int number) {
  atomic_store(&target[number], 0);
  sigaction(number, &former[number], NULL);
  atomic_fetch_and(&pending, ~bit_of(number));
}

static int catch_signal(int number, int fd) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  atomic_store(&target[number], fd + 1);
  if (sigaction(number, &action, &former[number]) < 0) {
    int error = errno;
    atomic_store(&target[number], 0);
    return -error;
  }
  return 0;
}

static int catch_all(uint64_t mask, int fd) {
  for (int number = 1; number <= SIGNALS; number++) {
    if ((mask & bit_of(number)) != 0 && atomic_load(&target[number]) != 0) {
      return -EBUSY;
    }
  }
  for (int number = 1; number <= SIGNALS; number++) {
    int error = (mask & bit_of(number)) != 0 ? catch_signal(number, fd) : 0;
    if (error < 0) {
      while (--number > 0) {
        if ((mask & bit_of(number)) != 0) {
          restore(number);
        }
      }
      return error;
    }
  }
  return 0;
}

int culebra_signals_open(uint64_t mask) {
  int fd = culebra_eventfd();
  if (fd < 0) {
    return fd;
  }
  pthread_mutex_lock(&mutex);
  int error = catch_all(mask, fd);
  pthread_mutex_unlock(&mutex);
  if (error < 0) {
    close(fd);
    return error;
  }
  return fd;
}

int culebra_signals_take(int fd) {
  /* First the eventfd, then the bits: a handler sets its bit before it writes, so that no signal is
   * left without a readable eventfd. */
  int drained = culebra_eventfd_drain(fd);
  if (drained < 0) {
    return drained;
  }
  int taken = 0;
  uint64_t waiting = atomic_load(&pending);
  for (int number = 1; number <= SIGNALS; number++) {
    if ((waiting & bit_of(number)) == 0 || atomic_load(&target[number]) != fd + 1) {
      continue;
    }
    if (taken != 0) {
      culebra_eventfd_signal(fd);
      break;
    }
    atomic_fetch_and(&pending, ~bit_of(number));
    taken = number;
  }
  return taken;
}

int culebra_signals_close(int fd) {
  pthread_mutex_lock(&mutex);
  for (int number = 1; number <= SIGNALS; number++) {
    if (atomic_load(&target[number]) == fd + 1) {
      restore(number);
    }
  }
  pthread_mutex_unlock(&mutex);
  return culebra_close(fd);
}

int culebra_signal_send(int64_t pid, int number) { return result_int(kill((pid_t)pid, number)); }
