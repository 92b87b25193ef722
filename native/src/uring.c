#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

int culebra_uring_setup(uint32_t entries, void *params) {
  return result_int(syscall(SYS_io_uring_setup, entries, params));
}

int64_t culebra_uring_map(int fd, uint64_t length, uint64_t offset) {
  void *address = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
                       (off_t)offset);
  return address == MAP_FAILED ? -errno : (int64_t)(intptr_t)address;
}

int culebra_uring_enter(int fd, uint32_t to_submit, uint32_t min_complete, uint32_t flags,
                        const void *argument, uint64_t argument_bytes) {
  return result_int(syscall(SYS_io_uring_enter, fd, to_submit, min_complete, flags, argument,
                            (size_t)argument_bytes));
}

int culebra_uring_register(int fd, uint32_t opcode, const void *argument, uint32_t count) {
  return result_int(TEMP_FAILURE_RETRY(
      syscall(SYS_io_uring_register, fd, opcode, argument, count)));
}
