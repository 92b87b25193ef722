#ifndef CULEBRA_RESULT_H
#define CULEBRA_RESULT_H

#include <errno.h>
#include <stdint.h>

/* Turns the result of a system call into a count or -errno. */
static inline int64_t result_long(int64_t result) { return result < 0 ? -errno : result; }

static inline int result_int(int64_t result) { return result < 0 ? -errno : (int)result; }

#endif
