package org.culebra.storage.nbd;

/**
 * One request message and its reply (NBD: Transmission): a whole block request, or a part of one
 * that is larger than the server's maximum. Made once, used again.
 */
final class Transaction {
  /** Its place in the table. */
  final int slot;

  /** What a read's content chunks have delivered. */
  final Coverage coverage = new Coverage();

  /** Tells a use of the slot from the one before. */
  int generation;

  /** Whose it is; null while the slot is free. */
  PendingRequest owner;

  /** One of {@link Command}'s. */
  int command;

  /** Where its bytes begin in the export. */
  long offsetBytes;

  /** How many bytes it is about. */
  long lengthBytes;

  /** Where its bytes begin in the request's memory. */
  long memoryOffsetBytes;

  /** The message is wholly sent, so that nothing reads the request's memory any more. */
  boolean sent;

  /** The last of the reply is received, so that nothing writes the request's memory any more. */
  boolean replied;

  /** A positive errno, or 0. */
  int error;

  Transaction(int slot) {
    this.slot = slot;
  }

  /** Returns what stands for this use of the slot on the wire. */
  long cookie() {
    return (long) generation << Integer.SIZE | slot;
  }

  @Override
  public String toString() {
    return Command.name(command) + " " + offsetBytes + "+" + lengthBytes;
  }
}
