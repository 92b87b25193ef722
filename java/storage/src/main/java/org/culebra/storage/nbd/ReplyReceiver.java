package org.culebra.storage.nbd;

import java.lang.foreign.Arena;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.linux.Sockets;

/**
 * Replies on their way out of a stream socket, the payload of reads straight into the memory of
 * their request.
 *
 * <p>One call receives the rest of the payload in hand and the header after it. A header is read
 * with no byte more than the shortest message before a payload has, so a payload isn't caught in
 * the header buffer; only while no read is in flight many replies are taken at once. Memory is
 * written only once the header has named the request and the bytes lie inside it. A payload that a
 * server sends before it was asked for is copied, and counted.
 *
 * <p>Every rule of the protocol that a server breaks ends in {@link #violation()}. Confined to its
 * queue.
 */
final class ReplyReceiver implements AutoCloseable {
  private static final int BUFFER_BYTES = 16384;
  private static final int ERROR_CHUNK_BYTES_MAX = 8192; // one string of 4096 and a few numbers
  private static final int RECEIVES_MAX = 64;

  private final TransactionTable transactions;
  private final boolean structured;
  private final int headerBytes;
  private final Arena arena = Arena.ofShared();
  private final long buffer;
  private final IoVector incoming = MessageVector.make();

  /** The bytes of the buffer that aren't understood yet, and how many it takes to. */
  private int position;

  private int limit;
  private int wanted;

  /** The read whose payload comes next, where in its memory, how much, and whether that ends it. */
  private Transaction reading;

  private long readingOffset;
  private long readingLeft;
  private boolean readingEnds;

  private long copiedBytes;
  private boolean shutdown;
  private String violation;

  ReplyReceiver(TransactionTable transactions, boolean structured) {
    this.transactions = transactions;
    this.structured = structured;
    this.headerBytes = structured ? ReplyChunk.DATA_HEADER_BYTES : SimpleReply.BYTES;
    this.buffer = arena.allocate(BUFFER_BYTES, Long.BYTES).address();
  }

  /** Returns the rule that the server broke, or null. */
  String violation() {
    return violation;
  }

  /** Returns how many bytes of payload were copied. */
  long copiedBytes() {
    return copiedBytes;
  }

  /** Returns whether a message is received in part. */
  boolean isMidMessage() {
    return reading != null || position < limit;
  }

  /** Returns whether the server said that it shuts down. */
  boolean isShutdown() {
    return shutdown;
  }

  /**
   * Receives what is there.
   *
   * @return the bytes received, or a negated errno; EPROTO for a {@link #violation()}, EPIPE when
   *     the server closed the connection
   */
  long receive(int fd) {
    long received = 0;
    for (int i = 0; i < RECEIVES_MAX; i++) {
      gather();
      long room = incoming.lengthBytes();
      long n = Sockets.receiveVector(fd, incoming.iovecAddress(), incoming.count());
      if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
        return received;
      }
      if (n <= 0) {
        return n == 0 ? -Errno.EPIPE : n;
      }
      received += n;
      onBytes(n);
      if (violation != null) {
        return -Errno.EPROTO;
      }
      if (n < room) {
        return received;
      }
    }
    return received;
  }

  private void gather() {
    incoming.clear();
    if (reading != null) {
      IoVector memory = reading.owner.request.memory();
      if (!incoming.addSlice(memory, readingOffset, readingLeft)) {
        return;
      }
    }
    if (position > 0) {
      Memory.copy(buffer + position, buffer, limit - position);
      limit -= position;
      position = 0;
    }
    int readsAfter = transactions.readRepliesDue() - (reading != null && readingEnds ? 1 : 0);
    int until = readsAfter == 0 ? BUFFER_BYTES : Math.max(headerBytes, wanted);
    assert reading != null || until > limit;
    incoming.add(buffer + limit, until - limit);
  }

  private void onBytes(long bytes) {
    long rest = bytes;
    if (reading != null) {
      long take = Math.min(rest, readingLeft);
      rest -= take;
      onPayload(take);
    }
    limit += (int) rest;
    boolean more = true;
    while (more && violation == null && position < limit) {
      more = reading == null ? message(buffer + position, limit - position) : bufferedPayload();
      wanted = more ? 0 : wanted;
    }
  }

  private boolean bufferedPayload() {
    int take = (int) Math.min(readingLeft, limit - position);
    reading.owner.request.memory().copyFrom(readingOffset, buffer + position, take);
    copiedBytes += take;
    position += take;
    onPayload(take);
    return true;
  }

  private void onPayload(long bytes) {
    readingOffset += bytes;
    readingLeft -= bytes;
    if (readingLeft == 0) {
      Transaction transaction = reading;
      reading = null;
      if (readingEnds) {
        end(transaction);
      }
    }
  }

  private boolean has(int available, int bytes) {
    wanted = bytes;
    return available >= bytes;
  }

  /** Takes a message, or the part before a payload; returns false when more of it is wanted. */
  private boolean message(long message, int available) {
    if (!has(available, Integer.BYTES)) {
      return false;
    }
    int magic = SimpleReply.magic(message);
    if (magic == SimpleReply.MAGIC) {
      return has(available, SimpleReply.BYTES) && simpleReply(message);
    }
    if (magic == ReplyChunk.MAGIC && structured) {
      return has(available, ReplyChunk.BYTES) && chunk(message, available);
    }
    return violated("reply magic 0x" + Integer.toHexString(magic) + ": must be that of a reply");
  }

  private boolean simpleReply(long message) {
    long cookie = SimpleReply.cookie(message);
    Transaction transaction = transactions.find(cookie);
    if (transaction == null) {
      return unknownCookie(cookie);
    }
    if (structured && transaction.command == Command.READ) {
      return violated("simple reply to " + transaction + ": structured replies were agreed");
    }
    position += SimpleReply.BYTES;
    int error = SimpleReply.error(message);
    if (error == 0 && transaction.command == Command.READ) {
      startPayload(transaction, transaction.offsetBytes, transaction.lengthBytes, true);
    } else {
      onError(transaction, error);
      transactions.onReplied(transaction);
    }
    return true;
  }

  private boolean chunk(long message, int available) {
    long cookie = ReplyChunk.cookie(message);
    Transaction transaction = transactions.find(cookie);
    if (transaction == null) {
      return unknownCookie(cookie);
    }
    int type = ReplyChunk.type(message);
    long lengthBytes = ReplyChunk.lengthBytes(message);
    boolean done = (ReplyChunk.flags(message) & ReplyChunk.DONE) != 0;
    if ((type & ReplyChunk.ERROR_BIT) != 0) {
      return errorChunk(transaction, message, available, done);
    }
    if (type == ReplyChunk.NONE && lengthBytes == 0 && done) {
      position += ReplyChunk.BYTES;
      end(transaction);
      return true;
    }
    if (transaction.command == Command.READ && type == ReplyChunk.OFFSET_DATA) {
      long bytes = lengthBytes - ReplyChunk.DATA_OFFSET_BYTES;
      return has(available, ReplyChunk.DATA_HEADER_BYTES)
          && content(transaction, ReplyChunk.contentOffset(message), bytes, "data")
          && dataChunk(transaction, message, bytes, done);
    }
    int holeChunkBytes = ReplyChunk.BYTES + ReplyChunk.HOLE_BYTES;
    if (transaction.command == Command.READ
        && type == ReplyChunk.OFFSET_HOLE
        && lengthBytes == ReplyChunk.HOLE_BYTES) {
      return has(available, holeChunkBytes)
          && content(
              transaction, ReplyChunk.contentOffset(message), ReplyChunk.holeBytes(message), "hole")
          && holeChunk(transaction, message, done);
    }
    return violated(
        "chunk {type "
            + type
            + ", length "
            + lengthBytes
            + (done ? ", DONE" : "")
            + "} of "
            + transaction
            + ": not a chunk of such a reply");
  }

  /** Checks where a content chunk lies. */
  private boolean content(Transaction transaction, long offset, long bytes, String kind) {
    long into = offset - transaction.offsetBytes;
    if (offset < 0 || bytes <= 0 || into < 0 || bytes > transaction.lengthBytes - into) {
      return violated(
          kind
              + " chunk "
              + Long.toUnsignedString(offset)
              + "+"
              + bytes
              + ": outside of "
              + transaction);
    }
    if (!transaction.coverage.add(offset, offset + bytes)) {
      return violated(
          kind
              + " chunk "
              + offset
              + "+"
              + bytes
              + ": overlaps an earlier one of "
              + transaction
              + ", or leaves more than "
              + Coverage.RUNS_MAX
              + " gaps");
    }
    return true;
  }

  private boolean dataChunk(Transaction transaction, long message, long bytes, boolean done) {
    position += ReplyChunk.DATA_HEADER_BYTES;
    startPayload(transaction, ReplyChunk.contentOffset(message), bytes, done);
    return true;
  }

  private boolean holeChunk(Transaction transaction, long message, boolean done) {
    position += ReplyChunk.BYTES + ReplyChunk.HOLE_BYTES;
    long into = ReplyChunk.contentOffset(message) - transaction.offsetBytes;
    transaction
        .owner
        .request
        .memory()
        .zero(transaction.memoryOffsetBytes + into, ReplyChunk.holeBytes(message));
    if (done) {
      end(transaction);
    }
    return true;
  }

  private boolean errorChunk(Transaction transaction, long message, int available, boolean done) {
    long lengthBytes = ReplyChunk.lengthBytes(message);
    boolean hasOffset = ReplyChunk.type(message) == ReplyChunk.ERROR_OFFSET;
    int fixedBytes = ReplyChunk.ERROR_BYTES + (hasOffset ? Long.BYTES : 0);
    if (lengthBytes < fixedBytes || lengthBytes > ERROR_CHUNK_BYTES_MAX) {
      return violated(
          "error chunk of "
              + lengthBytes
              + " bytes: must be "
              + fixedBytes
              + " to "
              + ERROR_CHUNK_BYTES_MAX);
    }
    if (!has(available, ReplyChunk.BYTES + (int) lengthBytes)) {
      return false;
    }
    int error = ReplyChunk.error(message);
    int messageBytes = ReplyChunk.messageBytes(message);
    if (error == 0 || messageBytes > lengthBytes - fixedBytes) {
      return violated(
          "error chunk {error "
              + error
              + ", message length "
              + messageBytes
              + ", length "
              + lengthBytes
              + "}: must have an error and hold its message");
    }
    long into = hasOffset ? ReplyChunk.errorOffset(message) - transaction.offsetBytes : 0;
    if (into < 0 || into > transaction.lengthBytes) {
      return violated(
          "error at "
              + Long.toUnsignedString(ReplyChunk.errorOffset(message))
              + ": outside of "
              + transaction);
    }
    position += ReplyChunk.BYTES + (int) lengthBytes;
    onError(transaction, error);
    if (done) {
      end(transaction);
    }
    return true;
  }

  private void startPayload(Transaction transaction, long offset, long bytes, boolean ends) {
    if (!structured) {
      boolean fresh = transaction.coverage.add(offset, offset + bytes);
      assert fresh;
    }
    reading = transaction;
    readingOffset = transaction.memoryOffsetBytes + (offset - transaction.offsetBytes);
    readingLeft = bytes;
    readingEnds = ends;
  }

  private void onError(Transaction transaction, int error) {
    if (transaction.error == 0) {
      transaction.error = NbdError.toErrno(error);
    }
    shutdown |= error == NbdError.ESHUTDOWN;
  }

  private void end(Transaction transaction) {
    if (transaction.error == 0
        && transaction.command == Command.READ
        && !transaction.coverage.isAll(
            transaction.offsetBytes, transaction.offsetBytes + transaction.lengthBytes)) {
      violated("success of " + transaction + ": without all of its bytes");
      return;
    }
    transactions.onReplied(transaction);
  }

  private boolean unknownCookie(long cookie) {
    return violated("reply cookie 0x" + Long.toHexString(cookie) + ": of no request in flight");
  }

  private boolean violated(String rule) {
    violation = rule;
    return false;
  }

  /** Frees the buffer. */
  @Override
  public void close() {
    incoming.close();
    arena.close();
  }
}
