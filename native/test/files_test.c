#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "culebra.h"

static char directory[] = "/tmp/culebra-test-XXXXXX";
static char path[sizeof directory + 8];
static int fd;

static void bytes_are_written_and_read(void) {
  char text[8] = "";
  struct iovec vector = {.iov_base = text, .iov_len = 4};
  CHECK_EQUAL(4, culebra_pwrite(fd, "data", 4, 1000));
  CHECK_EQUAL(4, culebra_pread(fd, text, 8, 1000));
  CHECK_EQUAL(0, memcmp(text, "data", 4));
  CHECK_EQUAL(4, culebra_pwritev(fd, &vector, 1, 2000, 0));
  CHECK_EQUAL(4, culebra_preadv(fd, &vector, 1, 2000, 0));
  CHECK_EQUAL(2004, culebra_file_size(fd));
  CHECK_EQUAL(0, culebra_data_sync(fd));
}

/* preadv2 and pwritev2 would take -1 as the file position. */
static void negative_offsets_are_refused(void) {
  char text[8] = "";
  struct iovec vector = {.iov_base = text, .iov_len = 4};
  CHECK_EQUAL(-EINVAL, culebra_preadv(fd, &vector, 1, -1, 0));
  CHECK_EQUAL(-EINVAL, culebra_pwritev(fd, &vector, 1, -1, 0));
  CHECK_EQUAL(-EINVAL, culebra_pread(fd, text, 4, -1));
}

static void holes_are_found(void) {
  CHECK_EQUAL(0, culebra_truncate(fd, 0));
  CHECK_EQUAL(0, culebra_truncate(fd, 1 << 20));
  CHECK_EQUAL(-ENXIO, culebra_seek_data(fd, 0));
  CHECK_EQUAL(0, culebra_seek_hole(fd, 0));
  CHECK_EQUAL(4, culebra_pwrite(fd, "data", 4, 1 << 19));
  CHECK_EQUAL(1 << 19, culebra_seek_data(fd, 0));
  int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  CHECK_EQUAL(0, culebra_fallocate(fd, punch, 1 << 19, 1 << 19));
  CHECK_EQUAL(-ENXIO, culebra_seek_data(fd, 0));
}

static void only_files_and_devices_have_a_size(void) {
  int eventfd = culebra_eventfd();
  CHECK_EQUAL(-EINVAL, culebra_file_size(eventfd));
  culebra_close(eventfd);
  CHECK_EQUAL(-EBADF, culebra_file_size(9999));
}

static void alignment_is_a_power_of_two_or_none(void) {
  int64_t alignment = culebra_direct_io_alignment(fd);
  CHECK(alignment >= 0);
  uint32_t memory = (uint32_t)(alignment >> 32);
  uint32_t offset = (uint32_t)alignment;
  CHECK((memory & (memory - 1)) == 0);
  CHECK((offset & (offset - 1)) == 0);
  CHECK((memory == 0) == (offset == 0));
  int status = culebra_open("/proc/self/status", O_RDONLY, 0);
  CHECK_EQUAL(0, culebra_direct_io_alignment(status));
  culebra_close(status);
  CHECK_EQUAL(-ENOENT, culebra_direct_io_alignment(9999));
}

static void locks_belong_to_the_open_file_description(void) {
  int other = culebra_open(path, O_RDWR, 0);
  CHECK_EQUAL(0, culebra_lock(fd, 100, 1, 0));
  CHECK_EQUAL(0, culebra_lock(other, 100, 1, 0));
  CHECK_EQUAL(-EAGAIN, culebra_lock(other, 100, 1, 1));
  CHECK_EQUAL(1, culebra_is_locked(other, 100, 1, 1));
  CHECK_EQUAL(0, culebra_is_locked(other, 100, 1, 0));
  CHECK_EQUAL(0, culebra_unlock(fd, 100, 1));
  CHECK_EQUAL(0, culebra_lock(other, 100, 1, 1));
  CHECK_EQUAL(-EAGAIN, culebra_lock(fd, 0, 0, 0));
  culebra_close(other);
  CHECK_EQUAL(0, culebra_lock(fd, 0, 0, 1));
  CHECK_EQUAL(0, culebra_unlock(fd, 0, 0));
}

int main(void) {
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/file", directory);
  fd = culebra_open(path, O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0);
  CHECK_EQUAL(FD_CLOEXEC, fcntl(fd, F_GETFD));
  RUN(bytes_are_written_and_read);
  RUN(negative_offsets_are_refused);
  RUN(holes_are_found);
  RUN(only_files_and_devices_have_a_size);
  RUN(alignment_is_a_power_of_two_or_none);
  RUN(locks_belong_to_the_open_file_description);
  culebra_close(fd);
  CHECK_EQUAL(0, unlink(path));
  CHECK_EQUAL(0, rmdir(directory));
  return 0;
}
