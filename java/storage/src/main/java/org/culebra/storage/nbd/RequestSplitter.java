package org.culebra.storage.nbd;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;

/**
 * Turns block requests into transactions: in parts no larger than the server's maximum, as many at
 * a time as the table has room for, first come first served. Confined to its queue.
 */
final class RequestSplitter {
  /** Our bound on payloads where the server has none or a larger one; multiples of any block. */
  private static final long PAYLOAD_BYTES_MAX = 1L << 25;

  /** Our bound on requests without payload where the server has none. */
  private static final long EFFECT_BYTES_MAX = 1L << 30;

  private static final long NO_MAXIMUM = 0xffffffffL;

  private final ExportInfo info;
  private final TransactionTable transactions;
  private final long payloadBytesMax;
  private final long effectBytesMax;
  private final PendingRequest[] waiting;
  private int first;
  private int count;

  RequestSplitter(ExportInfo info, TransactionTable transactions, int depth) {
    this.info = info;
    this.transactions = transactions;
    this.waiting = new PendingRequest[depth];
    ExportInfo.BlockSizes sizes = info.blockSizes();
    long maximum = sizes.maximumBytes() - sizes.maximumBytes() % sizes.preferredBytes();
    this.payloadBytesMax = Math.min(maximum, Math.max(PAYLOAD_BYTES_MAX, sizes.preferredBytes()));
    boolean bounded = sizes.advertised() && sizes.maximumBytes() != NO_MAXIMUM;
    this.effectBytesMax = bounded ? Math.min(maximum, EFFECT_BYTES_MAX) : EFFECT_BYTES_MAX;
  }

  /** Takes a request that has no transaction yet. */
  void add(PendingRequest pending) {
    pending.waiting = true;
    waiting[(first + count) % waiting.length] = pending;
    count++;
  }

  /** Takes a request again whose bytes are written, for the flush that makes them durable. */
  void addFlush(PendingRequest pending) {
    pending.flushing = true;
    add(pending);
  }

  /** Returns whether a written request asks for FUA that the server can't do but by a flush. */
  boolean needsFlush(PendingRequest pending) {
    return pending.error == 0
        && !pending.flushing
        && pending.request.operation() != BlockOperation.DISCARD
        && pending.request.has(BlockRequest.FUA)
        && !info.has(TransmissionFlags.SEND_FUA)
        && info.has(TransmissionFlags.SEND_FLUSH);
  }

  /** Returns whether {@link #begin} could begin something. */
  boolean canBegin() {
    return count > 0 && (transactions.hasFree() || waiting[first].error != 0);
  }

  /** Begins transactions of the requests that wait, up to the first that has failed. */
  void begin(MessageSender sender) {
    while (count > 0 && transactions.hasFree() && sender.hasRoom()) {
      PendingRequest pending = waiting[first];
      if (pending.error != 0) {
        return;
      }
      beginOne(pending, sender);
      if (pending.flushing || pending.begunBytes == pending.request.lengthBytes()) {
        removeFirst();
      }
    }
  }

  /**
   * Returns the first request that waits if it has failed and nothing of it is in flight, or null;
   * it waits no longer.
   */
  PendingRequest takeFailed() {
    while (count > 0 && waiting[first].error != 0) {
      PendingRequest pending = waiting[first];
      removeFirst();
      if (pending.openTransactions == 0) {
        return pending;
      }
    }
    return null;
  }

  /** Fails all that waits. */
  void failWaiting(int errno) {
    for (int i = 0; i < count; i++) {
      PendingRequest pending = waiting[(first + i) % waiting.length];
      pending.error = pending.error == 0 ? errno : pending.error;
    }
  }

  private void removeFirst() {
    waiting[first].waiting = false;
    waiting[first] = null;
    first = (first + 1) % waiting.length;
    count--;
  }

  private void beginOne(PendingRequest pending, MessageSender sender) {
    BlockRequest request = pending.request;
    int command = pending.flushing ? Command.FLUSH : command(request.operation());
    boolean hasPayload = command == Command.READ || command == Command.WRITE;
    long partMax = hasPayload ? payloadBytesMax : effectBytesMax;
    boolean isFlush = command == Command.FLUSH;
    Transaction transaction = transactions.begin(pending, command);
    transaction.offsetBytes = isFlush ? 0 : request.offsetBytes() + pending.begunBytes;
    transaction.lengthBytes =
        isFlush ? 0 : Math.min(request.lengthBytes() - pending.begunBytes, partMax);
    transaction.memoryOffsetBytes = request.memoryOffsetBytes() + pending.begunBytes;
    pending.begunBytes += transaction.lengthBytes;
    pending.openTransactions++;
    long header = sender.nextHeader();
    RequestHeader.encode(header, flags(request, command), command, transaction.cookie());
    RequestHeader.range(header, transaction.offsetBytes, transaction.lengthBytes);
    if (command == Command.WRITE) {
      sender.add(
          transaction.slot,
          RequestHeader.BYTES,
          request.memory(),
          transaction.memoryOffsetBytes,
          transaction.lengthBytes);
    } else {
      sender.add(transaction.slot, RequestHeader.BYTES);
    }
  }

  private static int command(BlockOperation operation) {
    return switch (operation) {
      case READ -> Command.READ;
      case WRITE -> Command.WRITE;
      case FLUSH -> Command.FLUSH;
      case DISCARD -> Command.TRIM;
      case WRITE_ZEROES -> Command.WRITE_ZEROES;
    };
  }

  private int flags(BlockRequest request, int command) {
    boolean writes = command == Command.WRITE || command == Command.WRITE_ZEROES;
    int flags = 0;
    if (writes && request.has(BlockRequest.FUA) && info.has(TransmissionFlags.SEND_FUA)) {
      flags |= Command.FUA;
    }
    if (command == Command.WRITE_ZEROES && !request.has(BlockRequest.UNMAP)) {
      flags |= Command.NO_HOLE;
    }
    if (command == Command.WRITE_ZEROES && request.has(BlockRequest.NO_FALLBACK)) {
      flags |= Command.FAST_ZERO;
    }
    return flags;
  }
}
