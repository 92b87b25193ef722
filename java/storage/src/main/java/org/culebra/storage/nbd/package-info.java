/**
 * The NBD protocol (the NetworkBlockDevice project's proto.md), and its client.
 *
 * <p>{@link org.culebra.storage.nbd.Negotiation}, {@link
 * org.culebra.storage.nbd.TransmissionFlags}, {@link org.culebra.storage.nbd.Command}, {@link
 * org.culebra.storage.nbd.RequestHeader}, {@link org.culebra.storage.nbd.SimpleReply} and {@link
 * org.culebra.storage.nbd.ReplyChunk} are the codec: numbers and layouts, no I/O.
 *
 * <p>{@link org.culebra.storage.nbd.NbdDevice} is an export, {@link
 * org.culebra.storage.nbd.NbdQueue} one connection to it. A block request becomes one transaction
 * or, above the server's maximum, several; a transaction's cookie is {@code generation << 32 |
 * slot}, so a reply to an earlier use of a slot is recognised. A transaction is finished when its
 * message is wholly sent <em>and</em> its reply wholly received: only then nothing touches the
 * request's memory. When a connection breaks, it is closed first, and requests complete after.
 *
 * <p>Payloads are never copied: they are sent from the request's memory, and received into it. The
 * price is that a header is received with no byte more than the shortest message before a payload
 * has, so that a payload isn't caught behind it; the rest of a payload and the next header come in
 * one call, which makes one call per read at any depth. Guessing which read is answered next, and
 * receiving into its memory before the header says so, would save nothing more and could put bytes
 * into the wrong request.
 */
package org.culebra.storage.nbd;
