#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "culebra.h"

#define GIB (INT64_C(1) << 30)
#define HUGE_PAGE_BYTES (INT64_C(2) << 20)

static char *pointer(int64_t address) { return (char *)(intptr_t)address; }

static void allocated_memory_is_zeroed_and_aligned(void) {
  int64_t address = culebra_allocate(8192, 4096);
  CHECK(address > 0);
  CHECK_EQUAL(0, address % 4096);
  CHECK_EQUAL(0, pointer(address)[0]);
  CHECK_EQUAL(0, pointer(address)[8191]);
  culebra_free(pointer(address));
  address = culebra_allocate(1, 1);
  CHECK(address > 0);
  culebra_free(pointer(address));
}

static void memfd_is_shared_beyond_two_gib(void) {
  int fd = culebra_memfd("culebra-test", 3 * GIB, 0);
  CHECK(fd >= 0);
  CHECK_EQUAL(sysconf(_SC_PAGESIZE), culebra_page_size(fd));
  int64_t address = culebra_map(fd, 3 * GIB, 1);
  CHECK(address > 0);
  pointer(address)[3 * GIB - 1] = 'x';
  char byte = 0;
  CHECK_EQUAL(1, culebra_pread(fd, &byte, 1, 3 * GIB - 1));
  CHECK_EQUAL('x', byte);
  CHECK_EQUAL(0, culebra_unmap(pointer(address), 3 * GIB));
  culebra_close(fd);
}

static void sealed_memfd_keeps_its_size(void) {
  int fd = culebra_memfd("culebra-test", 4096, 0);
  CHECK_EQUAL(0, culebra_truncate(fd, 8192));
  CHECK_EQUAL(0, culebra_memfd_seal(fd));
  CHECK_EQUAL(-EPERM, culebra_truncate(fd, 4096));
  CHECK_EQUAL(-EPERM, culebra_truncate(fd, 16384));
  culebra_close(fd);
}

static void huge_pages_tell_their_size(void) {
  int fd = culebra_memfd("culebra-test", (uint64_t)HUGE_PAGE_BYTES, 21);
  if (fd == -ENODEV || fd == -ENOSYS || fd == -ENOENT) {
    return; /* a kernel without pages of this size */
  }
  CHECK(fd >= 0);
  CHECK_EQUAL(HUGE_PAGE_BYTES, culebra_page_size(fd));
  culebra_close(fd);
}

static void errors_are_returned(void) {
  CHECK_EQUAL(-EBADF, culebra_page_size(9999));
  CHECK_EQUAL(-EBADF, culebra_map(9999, 4096, 1));
  CHECK_EQUAL(-EINVAL, culebra_map(-1, 0, 1));
  CHECK_EQUAL(-EINVAL, culebra_memfd("culebra-test", UINT64_MAX, 0));
  CHECK_EQUAL(-EBADF, culebra_memfd_seal(9999));
}

static void private_memory_is_mapped(void) {
  int64_t address = culebra_map(-1, (uint64_t)GIB, 1);
  CHECK(address > 0);
  pointer(address)[GIB - 1] = 1;
  CHECK_EQUAL(0, culebra_unmap(pointer(address), (uint64_t)GIB));
}

int main(void) {
  RUN(allocated_memory_is_zeroed_and_aligned);
  RUN(memfd_is_shared_beyond_two_gib);
  RUN(sealed_memfd_keeps_its_size);
  RUN(huge_pages_tell_their_size);
  RUN(errors_are_returned);
  RUN(private_memory_is_mapped);
  return 0;
}
