#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

#define CPUS_MAX 8192

int culebra_pin(int cpu) {
  uint64_t mask[CPUS_MAX / 64];
  if (cpu < 0 || cpu >= CPUS_MAX) {
    return -EINVAL;
  }
  memset(mask, 0, sizeof mask);
  mask[cpu / 64] = UINT64_C(1) << (cpu % 64);
  return result_int(syscall(SYS_sched_setaffinity, 0, sizeof mask, mask));
}

int culebra_allowed_cpus(void *mask, uint32_t mask_bytes) {
  return result_int(syscall(SYS_sched_getaffinity, 0, (size_t)mask_bytes, mask));
}
