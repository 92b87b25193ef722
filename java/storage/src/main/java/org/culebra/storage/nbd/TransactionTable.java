package org.culebra.storage.nbd;

/**
 * The transactions of one connection: free, in flight, and finished ones that their owner hasn't
 * taken. A cookie is {@code generation << 32 | slot}. Confined to its queue.
 */
final class TransactionTable {
  private final Transaction[] slots;
  private final int[] free;
  private final int[] finished;
  private int freeCount;
  private int finishedFirst;
  private int finishedCount;
  private int repliesDue;
  private int readRepliesDue;

  TransactionTable(int capacity) {
    slots = new Transaction[capacity];
    free = new int[capacity];
    finished = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      slots[i] = new Transaction(i);
      free[capacity - 1 - i] = i;
    }
    freeCount = capacity;
  }

  int capacity() {
    return slots.length;
  }

  boolean hasFree() {
    return freeCount > 0;
  }

  /** Returns whether none is in flight or finished. */
  boolean isEmpty() {
    return freeCount == slots.length;
  }

  /** Returns how many are in flight whose reply isn't complete. */
  int repliesDue() {
    return repliesDue;
  }

  /** Returns how many of those are reads, whose reply has a payload. */
  int readRepliesDue() {
    return readRepliesDue;
  }

  /** Takes a free one for a new use. */
  Transaction begin(PendingRequest owner, int command) {
    Transaction transaction = slots[free[--freeCount]];
    transaction.owner = owner;
    transaction.command = command;
    transaction.generation++;
    transaction.coverage.clear();
    transaction.sent = false;
    transaction.replied = false;
    transaction.error = 0;
    repliesDue++;
    readRepliesDue += command == Command.READ ? 1 : 0;
    return transaction;
  }

  /** Returns the one in flight that a reply's cookie means, or null. */
  Transaction find(long cookie) {
    int slot = (int) cookie;
    if (slot < 0 || slot >= slots.length) {
      return null;
    }
    Transaction transaction = slots[slot];
    boolean due = transaction.owner != null && !transaction.replied;
    return due && transaction.generation == (int) (cookie >>> Integer.SIZE) ? transaction : null;
  }

  /** Tells that a message is wholly sent. */
  void onSent(int slot) {
    Transaction transaction = slots[slot];
    transaction.sent = true;
    if (transaction.replied) {
      finish(transaction);
    }
  }

  /** Tells that a reply is complete; it may come before the end of the message, with an error. */
  void onReplied(Transaction transaction) {
    transaction.replied = true;
    repliesDue--;
    readRepliesDue -= transaction.command == Command.READ ? 1 : 0;
    if (transaction.sent) {
      finish(transaction);
    }
  }

  /** Returns a finished one, which the caller then releases, or null. */
  Transaction takeFinished() {
    if (finishedCount == 0) {
      return null;
    }
    Transaction transaction = slots[finished[finishedFirst]];
    finishedFirst = (finishedFirst + 1) % finished.length;
    finishedCount--;
    return transaction;
  }

  void release(Transaction transaction) {
    assert transaction.owner != null;
    transaction.owner = null;
    free[freeCount++] = transaction.slot;
  }

  private void finish(Transaction transaction) {
    finished[(finishedFirst + finishedCount) % finished.length] = transaction.slot;
    finishedCount++;
  }
}
