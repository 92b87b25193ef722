#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "culebra.h"

static char directory[] = "/tmp/culebra-test-XXXXXX";
static char path[sizeof directory + 8];

static int accept_soon(int listening) {
  struct pollfd poller = {.fd = listening, .events = POLLIN, .revents = 0};
  CHECK_EQUAL(1, poll(&poller, 1, -1));
  int fd = culebra_accept(listening);
  CHECK(fd >= 0);
  return fd;
}

static void unix_sockets_connect(void) {
  char text[8];
  int listening = culebra_unix_listen(path, 4, 0600);
  CHECK(listening >= 0);
  struct stat status;
  CHECK_EQUAL(0, stat(path, &status));
  CHECK_EQUAL(0600, status.st_mode & 0777);
  CHECK_EQUAL(1, culebra_is_listening(listening));
  CHECK_EQUAL(-EAGAIN, culebra_accept(listening));
  int client = culebra_unix_connect(path, 0);
  int server = accept_soon(listening);
  CHECK_EQUAL(0, culebra_is_listening(client));
  CHECK_EQUAL(4, culebra_send(client, "ping", 4));
  CHECK_EQUAL(4, culebra_receive(server, text, sizeof text));
  CHECK_EQUAL(-EAGAIN, culebra_receive(server, text, sizeof text));
  CHECK_EQUAL(0, culebra_shutdown(client));
  CHECK_EQUAL(0, culebra_receive(server, text, sizeof text));
  CHECK_EQUAL(-EPIPE, culebra_send(server, "pong", 4));
  culebra_close(server);
  culebra_close(client);
  culebra_close(listening);
}

static void stale_socket_is_replaced_and_a_live_one_is_not(void) {
  int first = culebra_unix_listen(path, 4, 0700);
  CHECK(first >= 0);
  CHECK_EQUAL(-EADDRINUSE, culebra_unix_listen(path, 4, 0700));
  culebra_close(first);
  CHECK_EQUAL(-ECONNREFUSED, culebra_unix_connect(path, 0));
  int second = culebra_unix_listen(path, 4, 0700);
  CHECK(second >= 0);
  culebra_close(second);
  CHECK_EQUAL(0, unlink(path));
  CHECK_EQUAL(-ENOENT, culebra_unix_connect(path, 0));
}

static void other_files_are_left_alone(void) {
  int file = open(path, O_CREAT | O_RDWR, 0600);
  CHECK_EQUAL(-ENOTSOCK, culebra_unix_listen(path, 4, 0700));
  CHECK_EQUAL(-ENOTSOCK, culebra_is_listening(file));
  CHECK_EQUAL(0, unlink(path));
  close(file);
}

static void relative_paths_are_taken(void) {
  CHECK_EQUAL(0, chdir(directory));
  int listening = culebra_unix_listen("relative", 4, 0700);
  CHECK(listening >= 0);
  culebra_close(listening);
  listening = culebra_unix_listen("relative", 4, 0700);
  CHECK(listening >= 0);
  culebra_close(listening);
  CHECK_EQUAL(0, unlink("relative"));
}

static void long_paths_are_refused(void) {
  char name[PATH_MAX];
  memset(name, 'x', sizeof name);
  name[108] = '\0';
  CHECK_EQUAL(-ENAMETOOLONG, culebra_unix_listen(name, 4, 0700));
  CHECK_EQUAL(-ENAMETOOLONG, culebra_unix_connect(name, 0));
  CHECK_EQUAL(-EINVAL, culebra_unix_connect("", 0));
}

static void tcp_sockets_connect(int family, const char *text) {
  unsigned char address[16];
  int bytes = family == AF_INET ? 4 : 16;
  CHECK_EQUAL(1, inet_pton(family, text, address));
  int listening = culebra_tcp_listen(address, bytes, 0, 0);
  if (family == AF_INET6 && listening == -EADDRNOTAVAIL) {
    return; /* a machine without IPv6 */
  }
  CHECK(listening >= 0);
  int port = culebra_local_port(listening);
  CHECK(port > 0);
  int client = culebra_tcp_connect(address, bytes, 0, port, 5000);
  CHECK(client >= 0);
  CHECK_EQUAL(0, fcntl(client, F_GETFL) & O_NONBLOCK);
  CHECK_EQUAL(0, culebra_no_delay(client));
  int server = accept_soon(listening);
  CHECK_EQUAL(O_NONBLOCK, fcntl(server, F_GETFL) & O_NONBLOCK);
  culebra_close(server);
  culebra_close(client);
  culebra_close(listening);
  CHECK_EQUAL(-ECONNREFUSED, culebra_tcp_connect(address, bytes, 0, port, 5000));
  CHECK_EQUAL(-EAFNOSUPPORT, culebra_tcp_connect(address, 5, 0, port, 5000));
}

static void tcp4(void) { tcp_sockets_connect(AF_INET, "127.0.0.1"); }

static void tcp6(void) { tcp_sockets_connect(AF_INET6, "::1"); }

static void inherited_listening_socket_is_accepted_on(void) {
  int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  struct {
    sa_family_t family;
  } autobind = {.family = AF_UNIX};
  CHECK_EQUAL(0, bind(listening, (struct sockaddr *)&autobind, sizeof autobind));
  CHECK_EQUAL(0, listen(listening, 1));
  CHECK_EQUAL(-EAGAIN, culebra_accept(listening));
  culebra_close(listening);
}

int main(void) {
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/socket", directory);
  umask(0);
  RUN(unix_sockets_connect);
  RUN(stale_socket_is_replaced_and_a_live_one_is_not);
  RUN(other_files_are_left_alone);
  RUN(relative_paths_are_taken);
  RUN(long_paths_are_refused);
  RUN(tcp4);
  RUN(tcp6);
  RUN(inherited_listening_socket_is_accepted_on);
  CHECK_EQUAL(0, rmdir(directory));
  return 0;
}
