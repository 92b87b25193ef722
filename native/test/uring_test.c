#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "culebra.h"

static struct io_uring_params params;
static int ring;

static uint32_t *word(int64_t address, uint32_t offset) {
  return (uint32_t *)(intptr_t)(address + offset);
}

static void nop_completes(void) {
  uint64_t bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  int64_t rings = culebra_uring_map(ring, bytes, IORING_OFF_SQ_RING);
  uint64_t sqe_bytes = params.sq_entries * sizeof(struct io_uring_sqe);
  int64_t sqes = culebra_uring_map(ring, sqe_bytes, IORING_OFF_SQES);
  CHECK(rings > 0);
  CHECK(sqes > 0);
  struct io_uring_sqe *sqe = (struct io_uring_sqe *)(intptr_t)sqes;
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = IORING_OP_NOP;
  sqe->user_data = 7;
  *word(rings, params.sq_off.array) = 0;
  __atomic_store_n(word(rings, params.sq_off.tail), 1, __ATOMIC_RELEASE);
  CHECK_EQUAL(1, culebra_uring_enter(ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
  CHECK_EQUAL(1, __atomic_load_n(word(rings, params.cq_off.tail), __ATOMIC_ACQUIRE));
  const struct io_uring_cqe *cqe =
      (const struct io_uring_cqe *)(intptr_t)(rings + params.cq_off.cqes);
  CHECK_EQUAL(7, cqe->user_data);
  CHECK_EQUAL(0, culebra_unmap((void *)(intptr_t)rings, bytes));
  CHECK_EQUAL(0, culebra_unmap((void *)(intptr_t)sqes, sqe_bytes));
}

static void files_are_registered(void) {
  int32_t fds[] = {-1, ring + 1000};
  CHECK_EQUAL(-EBADF, culebra_uring_register(ring, IORING_REGISTER_FILES, fds, 2));
  fds[1] = 0;
  CHECK_EQUAL(0, culebra_uring_register(ring, IORING_REGISTER_FILES, fds, 2));
  CHECK_EQUAL(0, culebra_uring_register(ring, IORING_UNREGISTER_FILES, NULL, 0));
}

static void errors_are_returned(void) {
  CHECK_EQUAL(-EBADF, culebra_uring_enter(9999, 0, 0, 0, NULL, 0));
  CHECK_EQUAL(-EBADF, culebra_uring_map(9999, 4096, 0));
  CHECK_EQUAL(-EINVAL, culebra_uring_setup(0, &params));
}

int main(void) {
  ring = culebra_uring_setup(4, &params);
  if (ring == -ENOSYS || ring == -EPERM) {
    fprintf(stderr, "io_uring is forbidden here\n");
    return SKIPPED;
  }
  CHECK(ring >= 0);
  RUN(nop_completes);
  RUN(files_are_registered);
  RUN(errors_are_returned);
  culebra_close(ring);
  return 0;
}
