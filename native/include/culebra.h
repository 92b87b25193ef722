/*
 * libculebra: one system task per function, for the Java package org.culebra.linux.
 *
 * Unless its comment says otherwise, a function
 *   - returns 0, a count, or a descriptor, and -errno when the task failed;
 *   - may be called by any thread at any time, and keeps no state between calls;
 *   - owns nothing once it has returned: memory that was passed stays the caller's, and a
 *     descriptor it returns is the caller's to close; such descriptors are close-on-exec;
 *   - repeats a system call that a signal interrupted (EINTR);
 *   - blocks only where the system call does;
 *   - raises no SIGPIPE.
 *
 * Paths are UTF-8 and end in a zero byte. Times are nanoseconds of the monotonic clock.
 */
#ifndef CULEBRA_H
#define CULEBRA_H

#include <stdint.h>
#include <sys/uio.h>

#define CULEBRA_API __attribute__((visibility("default")))

/* The version of this interface; Java refuses a library that answers another. */
#define CULEBRA_ABI 3
CULEBRA_API int culebra_abi(void);

/* ---- errors: error.c ---- */

/* "ECONNREFUSED", or NULL when the number isn't known. The text lives as long as the library. */
CULEBRA_API const char *culebra_error_name(int error);

/* "Connection refused", or NULL. The text lives as long as the library. */
CULEBRA_API const char *culebra_error_message(int error);

/* ---- memory: mapping.c ---- */

/* Returns the address of zeroed memory that culebra_free gives back, or -errno. */
CULEBRA_API int64_t culebra_allocate(uint64_t size, uint64_t alignment);

/* Gives back what culebra_allocate returned. */
CULEBRA_API void culebra_free(void *address);

/* Returns the size of the pages that a mapping of the file has: those of hugetlbfs where it lies
 * there. With -1: the size of the machine's pages. */
CULEBRA_API int64_t culebra_page_size(int fd);

/* Maps the first bytes of a file, shared, or private memory where fd is -1; nothing is reserved.
 * Length: a multiple of culebra_page_size. Returns the address or -errno; the mapping outlives the
 * descriptor. */
CULEBRA_API int64_t culebra_map(int fd, uint64_t length, int writable);

/* Takes away a whole mapping of culebra_map. */
CULEBRA_API int culebra_unmap(void *address, uint64_t length);

/* Makes a file in memory that lies nowhere else and may be sealed; huge_page_shift 0: ordinary
 * pages, else log2 of the size of its pages. */
CULEBRA_API int culebra_memfd(const char *name, uint64_t size, int huge_page_shift);

/* Forbids for ever that such a file grows or shrinks, so that who maps it can't get SIGBUS. */
CULEBRA_API int culebra_memfd_seal(int fd);

/* ---- descriptors, eventfd, epoll: descriptor.c ---- */

/* Never repeated: the descriptor is gone even after -EINTR. */
CULEBRA_API int culebra_close(int fd);
CULEBRA_API int culebra_duplicate(int fd);
CULEBRA_API int culebra_set_non_blocking(int fd, int on);

/* A non-blocking eventfd that counts. */
CULEBRA_API int culebra_eventfd(void);

/* Adds 1. -EAGAIN: it is readable anyhow. Blocks only on a foreign, blocking eventfd. */
CULEBRA_API int culebra_eventfd_signal(int fd);

/* Adds 1 to an eventfd of another process, which may block: -EAGAIN when there is no room. */
CULEBRA_API int culebra_eventfd_signal_foreign(int fd);

/* Reads the counter to 0. Returns 1 when it was above 0, 0 when it wasn't. Never blocks, whatever
 * the eventfd's flags are (Linux 5.12 on; before that a blocking one does). */
CULEBRA_API int culebra_eventfd_drain(int fd);

CULEBRA_API int culebra_epoll(void);

/* operation: EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL; the event's data will be the fd. */
CULEBRA_API int culebra_epoll_control(int epoll, int operation, int fd, uint32_t events);

/* Waits, for ever when timeout_ns is below 0; fills an array of struct epoll_event and returns how
 * many there are. An interrupted wait returns 0. On kernels before 5.11 timeouts are rounded up to
 * milliseconds. */
CULEBRA_API int culebra_epoll_wait(int epoll, void *events, int count, int64_t timeout_ns);

/* ---- sockets: sockets.c; descriptors in messages: passing.c ---- */

/* Listens, non-blocking. A socket file on which nobody listens is replaced. mode: of the socket
 * file, before the umask. -EADDRINUSE: somebody listens; -ENOTSOCK: the file is no socket;
 * -ENAMETOOLONG: a path of more than 107 bytes. */
CULEBRA_API int culebra_unix_listen(const char *path, int backlog, int mode);

/* Connects; the descriptor blocks. timeout_ms: how long to wait while the listener's backlog is
 * full, then -ETIMEDOUT; 0 or less: for ever. */
CULEBRA_API int culebra_unix_connect(const char *path, int timeout_ms);

/* Listens, non-blocking. address: 4 or 16 bytes in network order; scope: IPv6's, else 0;
 * port 0: any. */
CULEBRA_API int culebra_tcp_listen(const void *address, int address_bytes, uint32_t scope,
                                   int port);

/* Connects; the descriptor blocks. -ETIMEDOUT after timeout_ms, below 0: the system's limit. */
CULEBRA_API int culebra_tcp_connect(const void *address, int address_bytes, uint32_t scope,
                                    int port, int timeout_ms);

/* Port of the own end of a TCP socket. */
CULEBRA_API int culebra_local_port(int fd);

/* Accepts a connection, non-blocking, or returns -EAGAIN; sets the listening socket non-blocking
 * when it is not. */
CULEBRA_API int culebra_accept(int fd);

/* Returns 1 for a listening socket, 0 for another socket, -ENOTSOCK for no socket. */
CULEBRA_API int culebra_is_listening(int fd);

/* Switches off Nagle's algorithm. */
CULEBRA_API int culebra_no_delay(int fd);

/* Ends both directions. */
CULEBRA_API int culebra_shutdown(int fd);

/* Two connected, blocking unix stream sockets. */
CULEBRA_API int culebra_socket_pair(int fds[2]);

/* One recv, send, recvmsg, sendmsg; they return bytes, 0 at the end of the stream. */
CULEBRA_API int64_t culebra_receive(int fd, void *address, uint64_t length);
CULEBRA_API int64_t culebra_send(int fd, const void *address, uint64_t length);
CULEBRA_API int64_t culebra_receive_vector(int fd, struct iovec *vector, int count);
CULEBRA_API int64_t culebra_send_vector(int fd, struct iovec *vector, int count);

#define CULEBRA_DESCRIPTORS_MAX 32

/* A list of descriptors; who holds the list owns them. */
struct culebra_descriptors {
  int32_t count;
  int32_t fds[CULEBRA_DESCRIPTORS_MAX];
};

/* Receives bytes, and appends the descriptors that came with the first of them: they are the
 * caller's. Returns bytes, 0 at the end of the stream, or -errno; -EMSGSIZE when more descriptors
 * came than the list has room for: all that came are closed, the bytes are lost, and so the
 * connection is of no further use. */
CULEBRA_API int culebra_receive_descriptors(int fd, void *address, uint32_t length,
                                            struct culebra_descriptors *descriptors);

/* Sends bytes, at least one, and with the first of them copies of the descriptors; the caller's
 * own stay open. */
CULEBRA_API int culebra_send_descriptors(int fd, const void *address, uint32_t length,
                                         const struct culebra_descriptors *descriptors);

/* ---- files: files.c, alignment.c, locks.c ---- */

CULEBRA_API int culebra_open(const char *path, int flags, int mode);
CULEBRA_API int64_t culebra_pread(int fd, void *address, uint64_t length, int64_t offset);
CULEBRA_API int64_t culebra_pwrite(int fd, const void *address, uint64_t length, int64_t offset);

/* flags: RWF_*. */
CULEBRA_API int64_t culebra_preadv(int fd, const struct iovec *vector, int count, int64_t offset,
                                   int flags);
CULEBRA_API int64_t culebra_pwritev(int fd, const struct iovec *vector, int count, int64_t offset,
                                    int flags);
CULEBRA_API int culebra_data_sync(int fd);
CULEBRA_API int culebra_truncate(int fd, int64_t size);

/* mode: FALLOC_FL_*. */
CULEBRA_API int culebra_fallocate(int fd, int mode, int64_t offset, int64_t length);

/* Size of a regular file or a block device; -EINVAL for anything else. */
CULEBRA_API int64_t culebra_file_size(int fd);

/* Returns the room in bytes that a file takes in its file system, or -errno. */
CULEBRA_API int64_t culebra_file_allocated(int fd);

/* Returns the offset of the next data, or hole, at or after an offset; -ENXIO: none. Moves the
 * descriptor's file position. */
CULEBRA_API int64_t culebra_seek_data(int fd, int64_t offset);
CULEBRA_API int64_t culebra_seek_hole(int fd, int64_t offset);

/* Returns memory alignment << 32 | offset alignment that O_DIRECT asks for, 0 when the file
 * takes no O_DIRECT: from statx, or by trying reads where the kernel doesn't tell. */
CULEBRA_API int64_t culebra_direct_io_alignment(int fd);

/* Locks bytes for the open file description, and changes the kind of a lock it has; length 0: to
 * the end of all files. Never blocks: -EAGAIN when another holds one that excludes it. */
CULEBRA_API int culebra_lock(int fd, int64_t offset, int64_t length, int exclusive);
CULEBRA_API int culebra_unlock(int fd, int64_t offset, int64_t length);

/* Returns 1 when another open file description holds a lock that would exclude this one. */
CULEBRA_API int culebra_is_locked(int fd, int64_t offset, int64_t length, int exclusive);

/* ---- signals: signals.c ---- */

/* Catches signals from now on. mask: bit n - 1 for signal n. Returns an eventfd that is readable
 * when one came. -EBUSY: one of them is caught already. */
CULEBRA_API int culebra_signals_open(uint64_t mask);

/* Returns the number of a signal that came, each once, the lowest first; several of one number may
 * be told as one. 0: none. One thread at a time for each fd. */
CULEBRA_API int culebra_signals_take(int fd);

/* Gives the signals of an fd their former effect back and closes it. */
CULEBRA_API int culebra_signals_close(int fd);

CULEBRA_API int culebra_signal_send(int64_t pid, int number);

/* ---- processors: cpu.c ---- */

/* Binds the calling thread to one processor. */
CULEBRA_API int culebra_pin(int cpu);

/* Fills a bit mask, little-endian 64-bit words, with the processors that the calling thread may run
 * on; returns how many bytes of it were filled. 1024 bytes are enough for every kernel. */
CULEBRA_API int culebra_allowed_cpus(void *mask, uint32_t mask_bytes);

/* ---- io_uring: uring.c; one thread at a time for each ring ---- */

/* params: struct io_uring_params, in and out. Returns the ring's descriptor. */
CULEBRA_API int culebra_uring_setup(uint32_t entries, void *params);

/* Maps a part of the ring's memory; offset: IORING_OFF_*. Returns the address or -errno;
 * culebra_unmap takes it away. */
CULEBRA_API int64_t culebra_uring_map(int fd, uint64_t length, uint64_t offset);

/* One io_uring_enter; -EINTR and -ETIME are returned. */
CULEBRA_API int culebra_uring_enter(int fd, uint32_t to_submit, uint32_t min_complete,
                                    uint32_t flags, const void *argument, uint64_t argument_bytes);
CULEBRA_API int culebra_uring_register(int fd, uint32_t opcode, const void *argument,
                                       uint32_t count);

/* ---- layout of the kernel's structures and values of its constants: layout.c ---- */

/* "struct" -> its size, "struct.field" -> the field's offset, "CONSTANT" -> its value. */
struct culebra_constant {
  const char *name;
  int64_t value;
};

/* The table, ended by a NULL name; it lives as long as the library. */
CULEBRA_API const struct culebra_constant *culebra_layout(void);

#endif
