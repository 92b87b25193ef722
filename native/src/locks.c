#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

static struct flock range_of(int64_t offset, int64_t length, short type) {
  struct flock range;
  memset(&range, 0, sizeof range);
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = offset;
  range.l_len = length;
  return range;
}

static short type_of(int exclusive) { return exclusive ? F_WRLCK : F_RDLCK; }

int culebra_lock(int fd, int64_t offset, int64_t length, int exclusive) {
  struct flock range = range_of(offset, length, type_of(exclusive));
  int locked = result_int(TEMP_FAILURE_RETRY(fcntl(fd, F_OFD_SETLK, &range)));
  return locked == -EACCES ? -EAGAIN : locked;
}

int culebra_unlock(int fd, int64_t offset, int64_t length) {
  struct flock range = range_of(offset, length, F_UNLCK);
  return result_int(TEMP_FAILURE_RETRY(fcntl(fd, F_OFD_SETLK, &range)));
}

int culebra_is_locked(int fd, int64_t offset, int64_t length, int exclusive) {
  struct flock range = range_of(offset, length, type_of(exclusive));
  if (TEMP_FAILURE_RETRY(fcntl(fd, F_OFD_GETLK, &range)) < 0) {
    return -errno;
  }
  return range.l_type != F_UNLCK;
}
