#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "culebra.h"

static int64_t value(const char *name) {
  for (const struct culebra_constant *entry = culebra_layout(); entry->name != NULL; entry++) {
    if (strcmp(entry->name, name) == 0) {
      return entry->value;
    }
  }
  return -1;
}

static void values_are_those_of_the_kernel(void) {
  CHECK_EQUAL(64, value("io_uring_sqe"));
  CHECK_EQUAL(32, value("io_uring_sqe.user_data"));
  CHECK_EQUAL(16, value("virtio_blk_outhdr"));
  CHECK_EQUAL(32, value("virtio_blk_config.wce"));
  CHECK_EQUAL(ECONNREFUSED, value("ECONNREFUSED"));
  CHECK_EQUAL(-1, value("no such name"));
}

static void names_are_unique(void) {
  for (const struct culebra_constant *entry = culebra_layout(); entry->name != NULL; entry++) {
    CHECK_EQUAL(entry->value, value(entry->name));
  }
}

static void errors_have_names(void) {
  CHECK_EQUAL(0, strcmp("ECONNREFUSED", culebra_error_name(ECONNREFUSED)));
  CHECK_EQUAL(0, strcmp("Connection refused", culebra_error_message(ECONNREFUSED)));
  CHECK(culebra_error_name(4095) == NULL);
  CHECK(culebra_error_message(4095) == NULL);
  CHECK_EQUAL(CULEBRA_ABI, culebra_abi());
}

static void thread_is_bound_to_a_processor(void) {
  uint64_t mask[128] = {0};
  int bytes = culebra_allowed_cpus(mask, sizeof mask);
  CHECK(bytes >= 8);
  int cpu = 0;
  while ((mask[cpu / 64] >> (cpu % 64) & 1) == 0) {
    cpu++;
  }
  CHECK_EQUAL(0, culebra_pin(cpu));
  memset(mask, 0, sizeof mask);
  CHECK_EQUAL(bytes, culebra_allowed_cpus(mask, sizeof mask));
  CHECK_EQUAL(UINT64_C(1) << (cpu % 64), mask[cpu / 64]);
  CHECK_EQUAL(-EINVAL, culebra_pin(100 * 64)); /* not processor 0 of another word */
  CHECK_EQUAL(-EINVAL, culebra_pin(-1));
  CHECK_EQUAL(-EINVAL, culebra_pin(1 << 20));
}

int main(void) {
  RUN(values_are_those_of_the_kernel);
  RUN(names_are_unique);
  RUN(errors_have_names);
  RUN(thread_is_bound_to_a_processor);
  return 0;
}
