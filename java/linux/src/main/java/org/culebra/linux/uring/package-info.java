/**
 * io_uring: requests and completions pass through memory that the kernel and Java share.
 *
 * <pre>
 *            Sqe ... Sqe                                Cqe ... Cqe
 *   Java ---- fills, then stores tail (release) ----+  +-- loads tail (acquire), then reads ---- Java
 *                                                   |  |
 *   kernel -- loads tail (acquire), then reads -----+  +-- fills, then stores tail (release) -- kernel
 * </pre>
 *
 * <p>The two heads go the other way in the same manner: who has read an entry stores the head with
 * release order, and who wants to fill it loads the head with acquire order. A ring belongs to one
 * thread at a time; handing it over is the caller's, with whatever orders the two threads.
 *
 * <p>No liburing: set-up and the system call are three functions of libculebra, and everything else
 * happens here, so that a request costs no call of native code but the one that submits all of
 * them.
 */
package org.culebra.linux.uring;
