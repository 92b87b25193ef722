#ifndef CULEBRA_CHECK_H
#define CULEBRA_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Seconds after which a test that hangs is killed. */
#define TEST_SECONDS_MAX 20

/* A test that can't run on this machine ends with this; ctest shows it as skipped. */
#define SKIPPED 77

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s: not so\n", __FILE__, __LINE__, #condition);  \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

#define CHECK_EQUAL(expected, actual)                                                      \
  do {                                                                                     \
    long long want = (long long)(expected);                                                \
    long long have = (long long)(actual);                                                  \
    if (want != have) {                                                                    \
      fprintf(stderr, "%s:%d: %s: %lld: expected %lld\n", __FILE__, __LINE__, #actual, have, \
              want);                                                                       \
      exit(1);                                                                             \
    }                                                                                      \
  } while (0)

/* Runs a test; its name is shown when it doesn't come back. */
#define RUN(test)                  \
  do {                             \
    fprintf(stderr, "%s\n", #test); \
    alarm(TEST_SECONDS_MAX);       \
    test();                        \
  } while (0)

#endif
