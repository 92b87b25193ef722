package org.culebra.storage.node;

import java.io.IOException;
import org.culebra.block.BlockQueue;
import org.culebra.block.Capabilities;
import org.culebra.block.CompletionBatch;
import org.culebra.block.Limits;
import org.culebra.block.RequestBatch;
import org.culebra.linux.Epoll;
import org.culebra.storage.nbd.Command;
import org.culebra.storage.nbd.NbdError;
import org.culebra.storage.nbd.TransmissionFlags;

/**
 * An export with its device's queue, which all clients of the export share. Confined to the node's
 * thread.
 */
final class ServedExport {
  private static final int DEPTH = 256;
  private static final int PREFERRED_BYTES_MIN = 4096;
  private static final int CANCEL_WAITS_MAX = 1000;
  private static final long CANCEL_WAIT_NS = 10_000_000L;

  private final String name;
  private final long sizeBytes;
  private final Capabilities capabilities;
  private final Limits limits;
  private final BlockQueue queue;
  private final RequestBatch batch = new RequestBatch(DEPTH);
  private final CompletionBatch completions = new CompletionBatch(DEPTH);
  private final NodeRequest[] requests = new NodeRequest[DEPTH];
  private final int[] freeTags = new int[DEPTH];
  private int freeCount = DEPTH;

  ServedExport(Export export) throws IOException {
    name = export.name();
    sizeBytes = export.device().capacityBytes();
    capabilities = export.device().capabilities();
    limits = export.device().limits();
    queue = export.device().openQueue(DEPTH);
    for (int i = 0; i < DEPTH; i++) {
      freeTags[i] = i;
    }
  }

  String name() {
    return name;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  BlockQueue queue() {
    return queue;
  }

  int minimumBlockBytes() {
    return limits.alignmentBytes();
  }

  int preferredBlockBytes() {
    int preferred = Math.max(limits.alignmentBytes(), limits.physicalBlockBytes());
    return Math.max(preferred, PREFERRED_BYTES_MIN);
  }

  /** Returns the transmission flags. */
  int flags(boolean structuredReplies) {
    int flags =
        TransmissionFlags.HAS_FLAGS | TransmissionFlags.SEND_FLUSH | TransmissionFlags.SEND_FUA;
    flags |= structuredReplies ? TransmissionFlags.SEND_DF : 0;
    flags |= capabilities.queuesMax() > 1 ? TransmissionFlags.CAN_MULTI_CONN : 0;
    if (capabilities.readOnly()) {
      return flags | TransmissionFlags.READ_ONLY;
    }
    flags |= capabilities.discard() ? TransmissionFlags.SEND_TRIM : 0;
    flags |= capabilities.writeZeroes() ? TransmissionFlags.SEND_WRITE_ZEROES : 0;
    boolean fast = capabilities.writeZeroes() && capabilities.fastZeroes();
    return flags | (fast ? TransmissionFlags.SEND_FAST_ZERO : 0);
  }

  /**
   * Returns the error of a request that breaks a rule, or 0 (NBD: Error values, Request types).
   *
   * @param structured whether structured replies were agreed
   */
  int errorOf(NodeRequest request, boolean structured) {
    int command = request.command;
    int exportFlags = flags(structured);
    if ((request.flags & ~flagsOf(command, exportFlags)) != 0) {
      return NbdError.EINVAL;
    }
    if (command == Command.FLUSH) {
      return request.offsetBytes == 0 && request.lengthBytes == 0 ? 0 : NbdError.EINVAL;
    }
    boolean changes =
        command == Command.WRITE || command == Command.TRIM || command == Command.WRITE_ZEROES;
    if (changes && capabilities.readOnly()) {
      return NbdError.EPERM;
    }
    if (!isKnown(command, exportFlags) || request.lengthBytes == 0) {
      return NbdError.EINVAL;
    }
    long offset = request.offsetBytes;
    if (offset < 0 || offset > sizeBytes || request.lengthBytes > sizeBytes - offset) {
      boolean noSpace = command == Command.WRITE || command == Command.WRITE_ZEROES;
      return noSpace ? NbdError.ENOSPC : NbdError.EINVAL;
    }
    if (((offset | request.lengthBytes) & (limits.alignmentBytes() - 1)) != 0) {
      return NbdError.EINVAL;
    }
    boolean isLong = request.lengthBytes > NodeRequest.PAYLOAD_BYTES_MAX;
    if (command == Command.READ && isLong) {
      return structured ? NbdError.EOVERFLOW : NbdError.EINVAL;
    }
    return 0;
  }

  private static boolean isKnown(int command, int exportFlags) {
    return switch (command) {
      case Command.READ, Command.WRITE -> true;
      case Command.TRIM -> (exportFlags & TransmissionFlags.SEND_TRIM) != 0;
      case Command.WRITE_ZEROES -> (exportFlags & TransmissionFlags.SEND_WRITE_ZEROES) != 0;
      default -> false;
    };
  }

  /** Returns the command flags that a command may have (NBD: Command flags). */
  private static int flagsOf(int command, int exportFlags) {
    int df = (exportFlags & TransmissionFlags.SEND_DF) != 0 ? Command.DF : 0;
    int fast = (exportFlags & TransmissionFlags.SEND_FAST_ZERO) != 0 ? Command.FAST_ZERO : 0;
    return switch (command) {
      case Command.READ -> Command.FUA | df;
      case Command.WRITE_ZEROES -> Command.FUA | Command.NO_HOLE | fast;
      default -> Command.FUA;
    };
  }

  /** Returns whether another request can be submitted. */
  boolean hasRoom() {
    return freeCount > 0;
  }

  /** Submits a request with the next {@link #dispatch}. */
  void submit(NodeRequest request) {
    int tag = freeTags[--freeCount];
    requests[tag] = request;
    request.atDevice = true;
    batch.add(request.block.tag(tag));
  }

  /** Hands what was submitted to the device. */
  int dispatch() {
    int count = batch.count();
    if (count > 0) {
      queue.submit(batch);
      batch.clear();
      queue.dispatch();
    }
    return count;
  }

  /** Takes completions to the connections they belong to. */
  int poll() {
    completions.clear();
    int count = queue.poll(completions);
    for (int i = 0; i < count; i++) {
      int tag = (int) completions.tag(i);
      NodeRequest request = requests[tag];
      requests[tag] = null;
      freeTags[freeCount++] = tag;
      request.atDevice = false;
      request.connection.onCompleted(request, -completions.result(i));
    }
    return count;
  }

  /** Ends what is under way, which {@code epoll} tells of, and gives the queue back. */
  void close(Epoll epoll) {
    dispatch();
    queue.cancel();
    poll();
    for (int i = 0; i < CANCEL_WAITS_MAX && queue.inflight() > 0; i++) {
      if (queue.prepareWait()) {
        epoll.await(CANCEL_WAIT_NS);
      }
      poll();
    }
    queue.detach();
    queue.close();
  }
}
