package org.culebra.storage.nbd;

import java.io.IOException;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.CompletionBatch;
import org.culebra.block.CompletionRing;
import org.culebra.block.RequestBatch;
import org.culebra.block.RequestRules;
import org.culebra.block.Waiter;
import org.culebra.linux.Errno;
import org.culebra.storage.TargetOptions;

/**
 * One connection to an NBD export as a {@link BlockQueue}.
 *
 * <p>A request becomes one transaction, or several where it is larger than the server's maximum.
 * Once per cycle all headers and payloads go out in one call, payloads from where they lie. When
 * the server breaks the protocol, closes, or stops within a message, the connection is closed, one
 * line goes to the error sink, and all requests fail: those in flight only then, when nothing can
 * touch their memory.
 */
public final class NbdQueue implements BlockQueue {
  private final NbdDevice device;
  private final NbdConnection connection;
  private final TargetOptions options;
  private final boolean readOnly;
  private final RequestSplitter splitter;
  private final TransactionTable transactions;
  private final MessageSender sender;
  private final ReplyReceiver receiver;
  private final StallGuard stall;
  private final CompletionRing completions;
  private final PendingRequest[] all;
  private final PendingRequest[] free;
  private int freeCount;
  private Waiter waiter;
  private int watched;
  private boolean blocked;
  private boolean awaited;

  /** The errno that requests fail with once the connection is of no more use, or 0. */
  private int brokenErrno;

  NbdQueue(
      NbdDevice device,
      NbdConnection connection,
      TargetOptions options,
      int depth,
      boolean readOnly)
      throws IOException {
    this.device = device;
    this.connection = connection;
    this.options = options;
    this.readOnly = readOnly;
    ExportInfo info = connection.info();
    transactions = new TransactionTable(depth);
    splitter = new RequestSplitter(info, transactions, depth);
    sender = new MessageSender(depth, RequestHeader.BYTES);
    receiver = new ReplyReceiver(transactions, info.structuredReplies());
    stall = new StallGuard(options.clock(), options.stallTimeoutNs());
    completions = new CompletionRing(depth);
    all = new PendingRequest[depth];
    free = new PendingRequest[depth];
    for (int i = 0; i < depth; i++) {
      all[i] = new PendingRequest();
      free[i] = all[i];
    }
    freeCount = depth;
  }

  @Override
  public void submit(RequestBatch batch) {
    int count = batch.count();
    for (int i = 0; i < count; i++) {
      accept(batch.get(i));
    }
  }

  private void accept(BlockRequest request) {
    ExportInfo info = connection.info();
    assert inflight() < all.length : "more than " + all.length + " requests in flight";
    assert RequestRules.isInside(request, info.usableBytes(), false) : request;
    assert RequestRules.isAligned(request, info.blockSizes().minimumBytes()) : request;
    assert RequestRules.hasMemory(request) : request;
    int refusal = refusal(request, info);
    boolean nothingToDo =
        request.operation() == BlockOperation.FLUSH && !info.has(TransmissionFlags.SEND_FLUSH);
    if (refusal != 0 || nothingToDo) {
      completions.add(request.tag(), -refusal);
      return;
    }
    PendingRequest pending = free[--freeCount];
    pending.begin(request);
    splitter.add(pending);
  }

  private int refusal(BlockRequest request, ExportInfo info) {
    BlockOperation operation = request.operation();
    if (brokenErrno != 0) {
      return brokenErrno;
    }
    if (readOnly && RequestRules.isChange(operation)) {
      return Errno.EROFS;
    }
    if (operation == BlockOperation.DISCARD && !info.has(TransmissionFlags.SEND_TRIM)) {
      return Errno.EOPNOTSUPP;
    }
    if (operation != BlockOperation.WRITE_ZEROES) {
      return 0;
    }
    boolean fast = request.has(BlockRequest.NO_FALLBACK);
    boolean supported =
        info.has(TransmissionFlags.SEND_WRITE_ZEROES)
            && (!fast || info.has(TransmissionFlags.SEND_FAST_ZERO));
    return supported ? 0 : Errno.EOPNOTSUPP;
  }

  @Override
  public void dispatch() {
    if (!connection.isClosed()) {
      send();
    }
  }

  @Override
  public int poll(CompletionBatch batch) {
    if (!connection.isClosed() && (awaited || transactions.repliesDue() > 0)) {
      awaited = false;
      receive();
    }
    if (!connection.isClosed()) {
      send();
    }
    return completions.moveTo(batch);
  }

  private void receive() {
    long received = receiver.receive(connection.fd());
    if (received == -Errno.EPROTO) {
      fail(Errno.EIO, receiver.violation());
    } else if (received < 0) {
      onClosed((int) -received);
    } else if (stall.isOver(receiver.isMidMessage(), received > 0)) {
      fail(Errno.EIO, "the server stopped within a message for " + stall.seconds() + " s");
    } else {
      finish();
    }
  }

  private void send() {
    do {
      splitter.begin(sender);
      takeFailed();
      int result = sender.isEmpty() ? 0 : sender.send(connection.fd());
      blocked = result == -Errno.EAGAIN;
      if (result < 0 && !blocked) {
        onClosed(-result);
        return;
      }
      for (int slot = sender.takeSent(); slot >= 0; slot = sender.takeSent()) {
        transactions.onSent(slot);
      }
      finish();
    } while (!blocked && splitter.canBegin());
    watch();
  }

  /** Takes transactions that are finished, and completes the requests whose last ones they are. */
  private void finish() {
    for (Transaction t = transactions.takeFinished(); t != null; t = transactions.takeFinished()) {
      PendingRequest pending = t.owner;
      pending.openTransactions--;
      pending.error = pending.error == 0 ? t.error : pending.error;
      transactions.release(t);
      if (pending.openTransactions == 0 && !pending.waiting) {
        if (splitter.needsFlush(pending)) {
          splitter.addFlush(pending);
        } else {
          complete(pending, pending.error);
        }
      }
    }
    if (receiver.isShutdown()) {
      onShutdown();
    }
  }

  /** Completes what failed before all its transactions began. */
  private void takeFailed() {
    PendingRequest pending = splitter.takeFailed();
    while (pending != null) {
      complete(pending, pending.error);
      pending = splitter.takeFailed();
    }
  }

  /** Ends softly once the last reply is there (NBD: Terminating the transmission phase). */
  private void onShutdown() {
    if (brokenErrno == 0) {
      brokenErrno = Errno.ESHUTDOWN;
      options.errors().accept(device.name() + ": the server shuts down");
      splitter.failWaiting(Errno.ESHUTDOWN);
    }
    if (transactions.isEmpty() && !connection.isClosed()) {
      takeFailed();
      unwatch();
      connection.disconnect();
    }
  }

  private void complete(PendingRequest pending, int errno) {
    completions.add(pending.request.tag(), -errno);
    pending.request = null;
    free[freeCount++] = pending;
  }

  private void onClosed(int errno) {
    boolean gone = errno == Errno.EPIPE || errno == Errno.ECONNRESET;
    fail(Errno.ECONNRESET, gone ? "the server closed the connection" : Errno.name(errno));
  }

  private void fail(int errno, String reason) {
    int failed = all.length - freeCount;
    breakOff(brokenErrno == 0 ? errno : brokenErrno);
    options
        .errors()
        .accept(
            device.name() + ": " + reason + ": connection closed, " + failed + " requests failed");
  }

  private void breakOff(int errno) {
    brokenErrno = errno;
    unwatch();
    connection.close();
    sender.clear();
    blocked = false;
    for (PendingRequest pending : all) {
      if (pending.request != null) {
        complete(pending, errno);
      }
    }
  }

  @Override
  public int inflight() {
    return all.length - freeCount + completions.count();
  }

  @Override
  public boolean prepareWait() {
    if (!completions.isEmpty()) {
      return false;
    }
    if (!connection.isClosed()) {
      awaited = true;
      stall.arm(receiver.isMidMessage());
    }
    return true;
  }

  @Override
  public void attach(Waiter waiter) {
    assert this.waiter == null;
    this.waiter = waiter;
    watch();
  }

  @Override
  public void detach() {
    unwatch();
    waiter = null;
  }

  private void watch() {
    int events = Waiter.READABLE | (blocked ? Waiter.WRITABLE : 0);
    if (waiter != null && !connection.isClosed() && events != watched) {
      waiter.watch(connection.fd(), events);
      if (watched == 0) {
        waiter.watch(stall.fd(), Waiter.READABLE);
      }
      watched = events;
    }
  }

  private void unwatch() {
    if (watched != 0) {
      waiter.unwatch(connection.fd());
      waiter.unwatch(stall.fd());
      watched = 0;
    }
  }

  @Override
  public void cancel() {
    breakOff(Errno.ECANCELED);
  }

  @Override
  public void close() {
    assert inflight() == 0 && watched == 0;
    device.giveBack(connection);
    receiver.close();
    sender.close();
    stall.close();
  }

  /** Returns how many bytes of payload were copied between the socket and a request's memory. */
  public long copiedBytes() {
    return receiver.copiedBytes();
  }
}
