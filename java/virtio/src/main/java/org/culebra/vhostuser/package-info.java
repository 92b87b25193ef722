/**
 * The vhost-user protocol: every message as bytes, its rules, and the way from a stream of bytes
 * and file descriptors to whole messages and back.
 *
 * <p>Pure: nothing here does I/O, reads a clock or creates a thread. {@link
 * org.culebra.vhostuser.MessageReader} and {@link org.culebra.vhostuser.MessageWriter} reach the
 * socket through {@link org.culebra.vhostuser.MessageSource} and {@link
 * org.culebra.vhostuser.MessageSink}.
 *
 * <p>The three steps of a back-end are: {@code reader.read(source)} until a message is whole;
 * {@code MessageRules.check(…)}, which names the first rule that is broken, if any; then the
 * payload's record ({@link org.culebra.vhostuser.VringState}, {@link
 * org.culebra.vhostuser.VringAddress}, …). A reply is built in a second {@link
 * org.culebra.vhostuser.Message}.
 *
 * <p>Who owns a file descriptor: the reader owns those of the message in hand, until {@code
 * FdList.take} hands one over to the caller; what is left is closed when the next message begins,
 * or when the reader is closed. The writer only borrows those it sends.
 *
 * <p>Numbers are in the machine's byte order, which is little-endian on every machine Culebra runs
 * on ({@link org.culebra.vhostuser.MessageHeader} asserts it). Section names in the documentation
 * are those of the specification, "Vhost-user Protocol" of QEMU's interoperability documents.
 */
package org.culebra.vhostuser;
