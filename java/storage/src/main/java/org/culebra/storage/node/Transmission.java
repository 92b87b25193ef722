package org.culebra.storage.node;

import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.culebra.storage.nbd.Command;
import org.culebra.storage.nbd.MessageSender;
import org.culebra.storage.nbd.NbdError;
import org.culebra.storage.nbd.ReplyChunk;
import org.culebra.storage.nbd.RequestHeader;
import org.culebra.storage.nbd.SimpleReply;

/**
 * The requests of one client: understood, checked, submitted, answered (NBD: Transmission).
 * Confined to the node's thread.
 */
final class Transmission {
  /** Requests of one client between their headers and their sent replies. */
  static final int REQUESTS_MAX = 32;

  /** Blocks of the pool that one client may hold: two of the largest payloads. */
  private static final int BLOCKS_MAX =
      (int) (2 * NodeRequest.PAYLOAD_BYTES_MAX / PayloadPool.BLOCK_BYTES);

  private final PayloadPool pool;
  private final MessageSender sender =
      new MessageSender(REQUESTS_MAX, ReplyChunk.DATA_HEADER_BYTES);
  private final NodeRequest[] requests = new NodeRequest[REQUESTS_MAX];
  private final NodeRequest[] free = new NodeRequest[REQUESTS_MAX];
  private int freeCount;
  private int blocksHeld;
  private int atDevice;
  private ServedExport export;
  private boolean structured;

  /** The write whose payload comes, and how much of it has come or been dropped. */
  private NodeRequest receiving;

  private long receivedBytes;
  private boolean stalled;
  private boolean leaving;
  private boolean ended;
  private String violation;

  Transmission(NodeConnection connection, PayloadPool pool) {
    this.pool = pool;
    for (int i = 0; i < REQUESTS_MAX; i++) {
      requests[i] = new NodeRequest(connection, i);
      free[i] = requests[i];
    }
    freeCount = REQUESTS_MAX;
  }

  /** Begins with a new client; nothing of an earlier one is left. */
  void begin(ServedExport export, boolean structured) {
    assert isIdle() && atDevice == 0 && blocksHeld == 0;
    this.export = export;
    this.structured = structured;
    receiving = null;
    stalled = false;
    leaving = false;
    ended = false;
    violation = null;
  }

  /** Returns whether a header waits for a slot, memory or room at the device. */
  boolean isStalled() {
    return stalled;
  }

  /** Returns whether the client said that it leaves; what it asked for before is still answered. */
  boolean isLeaving() {
    return leaving;
  }

  /** Returns whether no request is open. */
  boolean isIdle() {
    return freeCount == REQUESTS_MAX;
  }

  /** Returns whether a payload is received in part. */
  boolean isMidPayload() {
    return receiving != null && receivedBytes < receiving.lengthBytes;
  }

  /** Returns whether no request is at the device, so that another client can begin. */
  boolean isReusable() {
    return atDevice == 0;
  }

  boolean isSending() {
    return !sender.isEmpty();
  }

  /** Returns the rule that the client broke, or null. */
  String violation() {
    return violation;
  }

  /** Adds the memory that the next bytes belong into, before those of the next header. */
  void gather(IoVector incoming) {
    if (receiving != null && receiving.error == 0) {
      incoming.addSlice(receiving.memory, receivedBytes, receiving.lengthBytes - receivedBytes);
    }
  }

  /** Tells that bytes were received into what {@link #gather} added; returns how many those are. */
  long onReceived(long bytes) {
    if (receiving == null || receiving.error != 0) {
      return 0;
    }
    long take = Math.min(bytes, receiving.lengthBytes - receivedBytes);
    onPayload(take);
    return take;
  }

  /** Goes on with a whole payload that waited for room at the device. */
  void resume() {
    stalled = false;
    if (receiving != null && !isMidPayload()) {
      endPayload();
    }
  }

  /**
   * Takes the next of the bytes that were received behind that.
   *
   * @return how many were taken; 0 when more have to come first, or {@link #isStalled()}
   */
  int accept(long address, int available) {
    resume();
    if (stalled) {
      return 0;
    }
    if (receiving == null) {
      return available < RequestHeader.BYTES || leaving ? 0 : header(address);
    }
    int take = (int) Math.min(available, receiving.lengthBytes - receivedBytes);
    if (receiving.error == 0) {
      receiving.memory.copyFrom(receivedBytes, address, take);
    }
    onPayload(take);
    return take;
  }

  private void onPayload(long bytes) {
    receivedBytes += bytes;
    if (!isMidPayload()) {
      endPayload();
    }
  }

  private void endPayload() {
    NodeRequest request = receiving;
    if (request.error == 0 && !export.hasRoom()) {
      stalled = true;
      return;
    }
    receiving = null;
    if (request.error == 0) {
      submit(request);
    } else {
      reply(request);
    }
  }

  private int header(long address) {
    if (RequestHeader.magic(address) != RequestHeader.MAGIC) {
      violation =
          "request magic 0x"
              + Integer.toHexString(RequestHeader.magic(address))
              + ": must be 0x25609513";
      return 0;
    }
    int command = RequestHeader.type(address);
    if (command == Command.DISC) {
      leaving = true;
      return RequestHeader.BYTES;
    }
    long lengthBytes = RequestHeader.lengthBytes(address);
    if (command == Command.WRITE && lengthBytes > NodeRequest.PAYLOAD_BYTES_MAX) {
      violation =
          "WRITE of " + lengthBytes + " bytes: must be at most " + NodeRequest.PAYLOAD_BYTES_MAX;
      return 0;
    }
    if (freeCount == 0 || !export.hasRoom()) {
      stalled = true;
      return 0;
    }
    NodeRequest request = free[freeCount - 1];
    request.command = command;
    request.flags = RequestHeader.flags(address);
    request.cookie = RequestHeader.cookie(address);
    request.offsetBytes = RequestHeader.offsetBytes(address);
    request.lengthBytes = lengthBytes;
    request.error = export.errorOf(request, structured);
    return begin(request) ? RequestHeader.BYTES : 0;
  }

  /** Takes the request's memory and goes on with it; false when there isn't enough. */
  private boolean begin(NodeRequest request) {
    boolean hasPayload = request.command == Command.READ || request.command == Command.WRITE;
    if (hasPayload && request.error == 0) {
      int blocks = PayloadPool.blocksOf(request.lengthBytes);
      if (blocks > pool.freeCount() || blocksHeld + blocks > BLOCKS_MAX) {
        stalled = true;
        return false;
      }
      request.memory.clear();
      request.blockCount = pool.take(request.lengthBytes, request.memory, request.blocks);
      blocksHeld += request.blockCount;
    }
    freeCount--;
    request.open = true;
    request.flushing = false;
    if (request.command == Command.WRITE && request.lengthBytes > 0) {
      receiving = request;
      receivedBytes = 0;
    } else if (request.error == 0) {
      submit(request);
    } else {
      reply(request);
    }
    return true;
  }

  private void submit(NodeRequest request) {
    BlockRequest block = request.block;
    int flags = 0;
    boolean zeroes = request.command == Command.WRITE_ZEROES;
    if ((request.flags & Command.FUA) != 0 && (zeroes || request.command == Command.WRITE)) {
      flags |= BlockRequest.FUA;
    }
    if (zeroes) {
      flags |= (request.flags & Command.NO_HOLE) == 0 ? BlockRequest.UNMAP : 0;
      flags |= (request.flags & Command.FAST_ZERO) != 0 ? BlockRequest.NO_FALLBACK : 0;
    }
    block.set(operation(request.command), request.offsetBytes, request.lengthBytes, flags);
    if (request.command == Command.READ || request.command == Command.WRITE) {
      block.memory(request.memory, 0);
    }
    atDevice++;
    export.submit(request);
  }

  private static BlockOperation operation(int command) {
    return switch (command) {
      case Command.READ -> BlockOperation.READ;
      case Command.WRITE -> BlockOperation.WRITE;
      case Command.FLUSH -> BlockOperation.FLUSH;
      case Command.TRIM -> BlockOperation.DISCARD;
      case Command.WRITE_ZEROES -> BlockOperation.WRITE_ZEROES;
      default -> throw new AssertionError(command);
    };
  }

  /** Tells that the device has completed a request. */
  void onCompleted(NodeRequest request, int errno) {
    atDevice--;
    if (ended) {
      release(request);
      return;
    }
    boolean durableTrim = request.command == Command.TRIM && (request.flags & Command.FUA) != 0;
    if (durableTrim && errno == 0 && !request.flushing) {
      request.flushing = true;
      request.block.set(BlockOperation.FLUSH, 0, 0, 0);
      atDevice++;
      export.submit(request);
      return;
    }
    request.error = NbdError.ofErrno(errno);
    boolean mayBeUnsupported = (request.flags & Command.FAST_ZERO) != 0;
    if (request.error == NbdError.ENOTSUP && !mayBeUnsupported) {
      request.error = NbdError.EINVAL;
    }
    reply(request);
  }

  private void reply(NodeRequest request) {
    long header = sender.nextHeader();
    boolean isRead = request.command == Command.READ;
    if (structured && request.error != 0) {
      ReplyChunk.encode(
          header, ReplyChunk.DONE, ReplyChunk.ERROR, request.cookie, ReplyChunk.ERROR_BYTES);
      ReplyChunk.error(header, request.error);
      sender.add(request.slot, ReplyChunk.BYTES + ReplyChunk.ERROR_BYTES);
    } else if (structured && isRead) {
      long chunkBytes = request.lengthBytes + ReplyChunk.DATA_OFFSET_BYTES;
      ReplyChunk.encode(
          header, ReplyChunk.DONE, ReplyChunk.OFFSET_DATA, request.cookie, chunkBytes);
      ReplyChunk.contentOffset(header, request.offsetBytes);
      sender.add(
          request.slot, ReplyChunk.DATA_HEADER_BYTES, request.memory, 0, request.lengthBytes);
    } else {
      SimpleReply.encode(header, request.error, request.cookie);
      long payloadBytes = isRead && request.error == 0 ? request.lengthBytes : 0;
      sender.add(request.slot, SimpleReply.BYTES, request.memory, 0, payloadBytes);
    }
  }

  /**
   * Sends replies.
   *
   * @return 0, or a negated errno; EAGAIN when the client doesn't take them
   */
  int send(int fd) {
    if (sender.isEmpty()) {
      return 0;
    }
    int result = sender.send(fd);
    int sent = 0;
    for (int slot = sender.takeSent(); slot >= 0; slot = sender.takeSent()) {
      release(requests[slot]);
      sent++;
    }
    return result == -Errno.EAGAIN && sent > 0 ? -Errno.EINPROGRESS : result;
  }

  /** Drops everything but what is at the device, which runs out. */
  void end() {
    ended = true;
    sender.clear();
    receiving = null;
    for (NodeRequest request : requests) {
      if (request.open && !request.atDevice) {
        release(request);
      }
    }
  }

  private void release(NodeRequest request) {
    assert request.open;
    request.open = false;
    pool.give(request.blocks, request.blockCount);
    blocksHeld -= request.blockCount;
    request.blockCount = 0;
    free[freeCount++] = request;
  }

  /** Frees its memory; no request is at the device. */
  void close() {
    assert atDevice == 0;
    sender.close();
    for (NodeRequest request : requests) {
      request.memory.close();
    }
  }
}
