#include <fcntl.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

/* Linux 6.1; the offsets are those of struct statx, which older headers have without the fields. */
#ifdef STATX_DIOALIGN
_Static_assert(STATX_DIOALIGN == 0x2000U, "linux/stat.h");
_Static_assert(offsetof(struct statx, stx_dio_mem_align) == 0x98, "linux/stat.h");
_Static_assert(offsetof(struct statx, stx_dio_offset_align) == 0x9c, "linux/stat.h");
#else
#define STATX_DIOALIGN 0x2000U
#endif
#define DIO_MEM_ALIGN_OFFSET 0x98
#define DIO_OFFSET_ALIGN_OFFSET 0x9c

#define SECTOR_BYTES 512
#define BLOCK_BYTES 4096

static int64_t alignment_of(uint32_t memory, uint32_t offset) {
  return (int64_t)memory << 32 | offset;
}

/* Reads with an address and a length that are a multiple of 512 bytes and of nothing above. */
static int reads_sectors(int fd) {
  _Alignas(BLOCK_BYTES) char buffer[BLOCK_BYTES];
  return TEMP_FAILURE_RETRY(pread(fd, buffer + SECTOR_BYTES, SECTOR_BYTES, 0)) == SECTOR_BYTES &&
         TEMP_FAILURE_RETRY(pread(fd, buffer + SECTOR_BYTES, SECTOR_BYTES, SECTOR_BYTES)) >= 0;
}

static int64_t probe(int fd) {
  char path[sizeof "/proc/self/fd/" + 3 * sizeof fd];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int direct = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (direct < 0) {
    return errno == EINVAL ? 0 : -errno;
  }
  uint32_t bytes = reads_sectors(direct) ? SECTOR_BYTES : BLOCK_BYTES;
  close(direct);
  return alignment_of(bytes, bytes);
}

int64_t culebra_direct_io_alignment(int fd) {
  union {
    struct statx fields;
    unsigned char bytes[256];
  } status;
  memset(&status, 0, sizeof status);
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
      (status.fields.stx_mask & STATX_DIOALIGN) != 0) {
    uint32_t memory;
    uint32_t offset;
    memcpy(&memory, status.bytes + DIO_MEM_ALIGN_OFFSET, sizeof memory);
    memcpy(&offset, status.bytes + DIO_OFFSET_ALIGN_OFFSET, sizeof offset);
    return alignment_of(memory, offset);
  }
  return probe(fd);
}
