#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "culebra.h"
#include "result.h"

/* Room for the descriptors, and for the credentials that an inherited socket may add (SO_PASSCRED).
 */
#define CONTROL_BYTES \
  (CMSG_SPACE(CULEBRA_DESCRIPTORS_MAX * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred)))

int64_t culebra_receive(int fd, void *address, uint64_t length) {
  return result_long(TEMP_FAILURE_RETRY(recv(fd, address, (size_t)length, 0)));
}

int64_t culebra_send(int fd, const void *address, uint64_t length) {
  return result_long(TEMP_FAILURE_RETRY(send(fd, address, (size_t)length, MSG_NOSIGNAL)));
}

static struct msghdr message_of(struct iovec *vector, int count) {
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = vector;
  message.msg_iovlen = (size_t)count;
  return message;
}

int64_t culebra_receive_vector(int fd, struct iovec *vector, int count) {
  struct msghdr message = message_of(vector, count);
  return result_long(TEMP_FAILURE_RETRY(recvmsg(fd, &message, MSG_CMSG_CLOEXEC)));
}

int64_t culebra_send_vector(int fd, struct iovec *vector, int count) {
  struct msghdr message = message_of(vector, count);
  return result_long(TEMP_FAILURE_RETRY(sendmsg(fd, &message, MSG_NOSIGNAL)));
}

/* Takes the descriptors out of a message; those without room are closed. Returns how many were. */
static int take_descriptors(struct msghdr *message, struct culebra_descriptors *descriptors) {
  int closed = 0;
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
       control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
      if (descriptors->count < CULEBRA_DESCRIPTORS_MAX) {
        descriptors->fds[descriptors->count++] = fd;
      } else {
        close(fd);
        closed++;
      }
    }
  }
  return closed;
}

int culebra_receive_descriptors(int fd, void *address, uint32_t length,
                                struct culebra_descriptors *descriptors) {
  union {
    struct cmsghdr align;
    char bytes[CONTROL_BYTES];
  } control;
  struct iovec vector = {.iov_base = address, .iov_len = length};
  struct msghdr message = message_of(&vector, 1);
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  int received = result_int(TEMP_FAILURE_RETRY(recvmsg(fd, &message, MSG_CMSG_CLOEXEC)));
  if (received < 0) {
    return received;
  }
  int before = descriptors->count;
  int closed = take_descriptors(&message, descriptors);
  if (closed > 0 || (message.msg_flags & MSG_CTRUNC) != 0) {
    while (descriptors->count > before) {
      close(descriptors->fds[--descriptors->count]);
    }
    return -EMSGSIZE;
  }
  return received;
}

int culebra_send_descriptors(int fd, const void *address, uint32_t length,
                             const struct culebra_descriptors *descriptors) {
  union {
    struct cmsghdr align;
    char bytes[CONTROL_BYTES];
  } control;
  struct iovec vector = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
  struct msghdr message = message_of(&vector, 1);
  if (descriptors->count < 0 || descriptors->count > CULEBRA_DESCRIPTORS_MAX) {
    return -EINVAL;
  }
  if (descriptors->count > 0) {
    size_t bytes = (size_t)descriptors->count * sizeof(int);
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(bytes);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(header), descriptors->fds, bytes);
  }
  return result_int(TEMP_FAILURE_RETRY(sendmsg(fd, &message, MSG_NOSIGNAL)));
}
