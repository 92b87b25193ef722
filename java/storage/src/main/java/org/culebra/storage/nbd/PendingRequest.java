package org.culebra.storage.nbd;

import org.culebra.block.BlockRequest;

/** A block request that a queue has taken, and how far it got. Made once, used again. */
final class PendingRequest {
  /** The submitter's request. */
  BlockRequest request;

  /** Bytes for which a transaction was begun. */
  long begunBytes;

  /** Transactions that aren't finished. */
  int openTransactions;

  /** The first error, a positive errno, or 0. */
  int error;

  /** It waits for (more) transactions to begin. */
  boolean waiting;

  /** Its bytes are written, and a flush stands in for the FUA that the server lacks. */
  boolean flushing;

  void begin(BlockRequest request) {
    this.request = request;
    begunBytes = 0;
    openTransactions = 0;
    error = 0;
    waiting = false;
    flushing = false;
  }
}
