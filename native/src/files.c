#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

int culebra_open(const char *path, int flags, int mode) {
  return result_int(TEMP_FAILURE_RETRY(open(path, flags | O_CLOEXEC, (mode_t)mode)));
}

int64_t culebra_pread(int fd, void *address, uint64_t length, int64_t offset) {
  return result_long(TEMP_FAILURE_RETRY(pread(fd, address, (size_t)length, offset)));
}

int64_t culebra_pwrite(int fd, const void *address, uint64_t length, int64_t offset) {
  return result_long(TEMP_FAILURE_RETRY(pwrite(fd, address, (size_t)length, offset)));
}

/* An offset of -1 means the file position to preadv2: no caller of ours means that. */
int64_t culebra_preadv(int fd, const struct iovec *vector, int count, int64_t offset, int flags) {
  if (offset < 0) {
    return -EINVAL;
  }
  return result_long(TEMP_FAILURE_RETRY(preadv2(fd, vector, count, offset, flags)));
}

int64_t culebra_pwritev(int fd, const struct iovec *vector, int count, int64_t offset, int flags) {
  if (offset < 0) {
    return -EINVAL;
  }
  return result_long(TEMP_FAILURE_RETRY(pwritev2(fd, vector, count, offset, flags)));
}

int culebra_data_sync(int fd) { return result_int(TEMP_FAILURE_RETRY(fdatasync(fd))); }

int culebra_truncate(int fd, int64_t size) {
  return result_int(TEMP_FAILURE_RETRY(ftruncate(fd, size)));
}

int culebra_fallocate(int fd, int mode, int64_t offset, int64_t length) {
  return result_int(TEMP_FAILURE_RETRY(fallocate(fd, mode, offset, length)));
}

int64_t culebra_file_size(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0) {
    return -errno;
  }
  if (S_ISREG(status.st_mode)) {
    return status.st_size;
  }
  if (S_ISBLK(status.st_mode)) {
    uint64_t size = 0;
    return ioctl(fd, BLKGETSIZE64, &size) < 0 ? -errno : (int64_t)size;
  }
  return -EINVAL;
}

/* st_blocks counts units of 512 bytes, whatever the block size is. */
int64_t culebra_file_allocated(int fd) {
  struct stat status;
  return fstat(fd, &status) < 0 ? -errno : (int64_t)status.st_blocks * 512;
}

int64_t culebra_seek_data(int fd, int64_t offset) {
  return result_long(lseek(fd, offset, SEEK_DATA));
}

int64_t culebra_seek_hole(int fd, int64_t offset) {
  return result_long(lseek(fd, offset, SEEK_HOLE));
}
