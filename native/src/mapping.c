#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

/* Linux 6.3; older headers lack it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_HUGE_SHIFT
#define MFD_HUGE_SHIFT 26
#endif

int64_t culebra_allocate(uint64_t size, uint64_t alignment) {
  void *address = NULL;
  size_t atleast = alignment < sizeof(void *) ? sizeof(void *) : (size_t)alignment;
  int error = posix_memalign(&address, atleast, (size_t)size);
  if (error != 0) {
    return -error;
  }
  memset(address, 0, (size_t)size);
  return (int64_t)(intptr_t)address;
}

void culebra_free(void *address) { free(address); }

int64_t culebra_page_size(int fd) {
  struct statfs status;
  if (fd >= 0) {
    if (TEMP_FAILURE_RETRY(fstatfs(fd, &status)) < 0) {
      return -errno;
    }
    if ((uint32_t)status.f_type == (uint32_t)HUGETLBFS_MAGIC) {
      return (int64_t)status.f_bsize;
    }
  }
  return sysconf(_SC_PAGESIZE);
}

int64_t culebra_map(int fd, uint64_t length, int writable) {
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  int flags = MAP_NORESERVE | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
  void *address = mmap(NULL, (size_t)length, protection, flags, fd, 0);
  return address == MAP_FAILED ? -errno : (int64_t)(intptr_t)address;
}

int culebra_unmap(void *address, uint64_t length) {
  return result_int(munmap(address, (size_t)length));
}

int culebra_memfd(const char *name, uint64_t size, int huge_page_shift) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  if (huge_page_shift != 0) {
    flags |= MFD_HUGETLB | (unsigned)huge_page_shift << MFD_HUGE_SHIFT;
  }
  int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) {
    fd = memfd_create(name, flags);
  }
  if (fd < 0) {
    return -errno;
  }
  if (TEMP_FAILURE_RETRY(ftruncate(fd, (off_t)size)) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int culebra_memfd_seal(int fd) {
  return result_int(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
}
