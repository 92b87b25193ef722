#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "check.h"
#include "culebra.h"

static int open_count(void) {
  int count = 0;
  DIR *directory = opendir("/proc/self/fd");
  CHECK(directory != NULL);
  while (readdir(directory) != NULL) {
    count++;
  }
  closedir(directory);
  return count;
}

static void close_all(struct culebra_descriptors *list) {
  while (list->count > 0) {
    culebra_close(list->fds[--list->count]);
  }
}

static struct culebra_descriptors eventfds(int count) {
  struct culebra_descriptors list = {.count = count};
  for (int i = 0; i < count; i++) {
    list.fds[i] = culebra_eventfd();
    CHECK(list.fds[i] >= 0);
  }
  return list;
}

static void descriptors_are_passed(void) {
  char text[16];
  int pair[2];
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  struct culebra_descriptors sent = eventfds(CULEBRA_DESCRIPTORS_MAX);
  struct culebra_descriptors received = {.count = 0};
  CHECK_EQUAL(12, culebra_send_descriptors(pair[0], "twelve bytes", 12, &sent));
  CHECK_EQUAL(1, culebra_receive_descriptors(pair[1], text, 1, &received));
  CHECK_EQUAL(CULEBRA_DESCRIPTORS_MAX, received.count);
  CHECK_EQUAL(11, culebra_receive_descriptors(pair[1], text, sizeof text, &received));
  CHECK_EQUAL(CULEBRA_DESCRIPTORS_MAX, received.count);
  culebra_eventfd_signal(received.fds[31]);
  CHECK_EQUAL(1, culebra_eventfd_drain(sent.fds[31]));
  close_all(&sent);
  close_all(&received);
  culebra_close(pair[0]);
  culebra_close(pair[1]);
}

/* Sends more than a list holds: 33 to 253, what the kernel allows. */
static void send_many(int fd, int count) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(253 * sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec vector = {.iov_base = "x", .iov_len = 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes};
  message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
  int own = culebra_eventfd();
  for (int i = 0; i < count; i++) {
    memcpy(CMSG_DATA(header) + (size_t)i * sizeof own, &own, sizeof own);
  }
  CHECK_EQUAL(1, sendmsg(fd, &message, 0));
  culebra_close(own);
}

static void too_many_are_closed(int count) {
  char text[16];
  int pair[2];
  int before = open_count();
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  struct culebra_descriptors received = {.count = 0};
  send_many(pair[0], count);
  CHECK_EQUAL(-EMSGSIZE, culebra_receive_descriptors(pair[1], text, sizeof text, &received));
  CHECK_EQUAL(0, received.count);
  culebra_close(pair[0]);
  culebra_close(pair[1]);
  CHECK_EQUAL(before, open_count());
}

static void one_too_many(void) { too_many_are_closed(CULEBRA_DESCRIPTORS_MAX + 1); }

static void as_many_as_the_kernel_passes(void) { too_many_are_closed(253); }

/* The kernel passes as many as the process may still open, and says that it cut the rest off. */
static void none_is_kept_when_the_process_may_open_no_more(void) {
  char text[16];
  int pair[2];
  struct rlimit limit;
  int before = open_count();
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  struct culebra_descriptors received = {.count = 0};
  send_many(pair[0], 3);
  CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &limit));
  struct rlimit lower = {.rlim_cur = (rlim_t)pair[1] + 3, .rlim_max = limit.rlim_max};
  CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &lower));
  CHECK_EQUAL(-EMSGSIZE, culebra_receive_descriptors(pair[1], text, sizeof text, &received));
  CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &limit));
  CHECK_EQUAL(0, received.count);
  culebra_close(pair[0]);
  culebra_close(pair[1]);
  CHECK_EQUAL(before, open_count());
}

static void credentials_beside_descriptors_cut_nothing_off(void) {
  char text[16];
  int pair[2];
  int on = 1;
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  CHECK_EQUAL(0, setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  struct culebra_descriptors sent = eventfds(CULEBRA_DESCRIPTORS_MAX);
  struct culebra_descriptors received = {.count = 0};
  CHECK_EQUAL(1, culebra_send_descriptors(pair[0], "x", 1, &sent));
  CHECK_EQUAL(1, culebra_receive_descriptors(pair[1], text, sizeof text, &received));
  CHECK_EQUAL(CULEBRA_DESCRIPTORS_MAX, received.count);
  close_all(&sent);
  close_all(&received);
  culebra_close(pair[0]);
  culebra_close(pair[1]);
}

static void lists_that_lie_are_refused(void) {
  int pair[2];
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  struct culebra_descriptors list = {.count = CULEBRA_DESCRIPTORS_MAX + 1};
  CHECK_EQUAL(-EINVAL, culebra_send_descriptors(pair[0], "x", 1, &list));
  list.count = -1;
  CHECK_EQUAL(-EINVAL, culebra_send_descriptors(pair[0], "x", 1, &list));
  culebra_close(pair[0]);
  culebra_close(pair[1]);
}

static void scattered_memory_is_moved(void) {
  int pair[2];
  char first[3];
  char second[8];
  CHECK_EQUAL(0, culebra_socket_pair(pair));
  struct iovec out[] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "cdef", .iov_len = 4}};
  struct iovec in[] = {{.iov_base = first, .iov_len = 3}, {.iov_base = second, .iov_len = 8}};
  CHECK_EQUAL(6, culebra_send_vector(pair[0], out, 2));
  CHECK_EQUAL(6, culebra_receive_vector(pair[1], in, 2));
  CHECK_EQUAL(0, memcmp(first, "abc", 3));
  CHECK_EQUAL(0, memcmp(second, "def", 3));
  culebra_close(pair[1]);
  CHECK_EQUAL(-EPIPE, culebra_send_vector(pair[0], out, 2));
  culebra_close(pair[0]);
}

int main(void) {
  RUN(descriptors_are_passed);
  RUN(one_too_many);
  RUN(as_many_as_the_kernel_passes);
  RUN(none_is_kept_when_the_process_may_open_no_more);
  RUN(credentials_beside_descriptors_cut_nothing_off);
  RUN(lists_that_lie_are_refused);
  RUN(scattered_memory_is_moved);
  return 0;
}
