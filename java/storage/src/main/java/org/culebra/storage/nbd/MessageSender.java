package org.culebra.storage.nbd;

import java.lang.foreign.Arena;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.culebra.linux.Sockets;

/**
 * Messages on their way into a stream socket, in order: each a header in memory of this sender and
 * a payload that is sent from where it lies. Headers of messages without payload lie side by side,
 * so that they go as one segment.
 *
 * <p>Confined to one thread. Everything is sized when it is made.
 */
public final class MessageSender implements AutoCloseable {
  private static final int NONE = -1;

  private final int capacity;
  private final int headerBytesMax;
  private final Arena arena = Arena.ofShared();
  private final long headers;
  private final int[] headerBytes;
  private final IoVector[] payloads;
  private final long[] payloadOffsets;
  private final long[] payloadBytes;
  private final int[] slots;
  private final IoVector outgoing = MessageVector.make();

  /** Counters of messages since the beginning: added, wholly sent, told to the owner. */
  private long added;

  private long sent;
  private long taken;

  /** How much of the first unsent message is sent. */
  private long sentOfFirst;

  /**
   * Makes an empty sender.
   *
   * @param capacity messages it holds at most, those that were sent and not taken included
   * @param headerBytesMax the longest header
   */
  public MessageSender(int capacity, int headerBytesMax) {
    this.capacity = capacity;
    this.headerBytesMax = headerBytesMax;
    this.headers = arena.allocate((long) capacity * headerBytesMax, Long.BYTES).address();
    this.headerBytes = new int[capacity];
    this.payloads = new IoVector[capacity];
    this.payloadOffsets = new long[capacity];
    this.payloadBytes = new long[capacity];
    this.slots = new int[capacity];
  }

  /** Returns where the header of the message that is added next is to be encoded. */
  public long nextHeader() {
    assert added - taken < capacity;
    return headers + added % capacity * headerBytesMax;
  }

  /** Adds a message without payload, whose header is encoded. */
  public void add(int slot, int headerBytes) {
    add(slot, headerBytes, null, 0, 0);
  }

  /**
   * Adds a message whose header is encoded.
   *
   * @param slot what {@link #takeSent()} returns once it is wholly sent, not negative
   * @param headerBytes the header's length
   * @param payload memory that holds the payload and stays as it is until then, or null
   * @param payloadOffset where it begins in the memory
   * @param payloadBytes how long it is
   */
  public void add(
      int slot, int headerBytes, IoVector payload, long payloadOffset, long payloadBytes) {
    assert added - taken < capacity && headerBytes <= headerBytesMax;
    int at = (int) (added % capacity);
    this.headerBytes[at] = headerBytes;
    this.payloads[at] = payload;
    this.payloadOffsets[at] = payloadOffset;
    this.payloadBytes[at] = payloadBytes;
    this.slots[at] = slot;
    added++;
  }

  /** Returns whether everything was sent. */
  public boolean isEmpty() {
    return sent == added;
  }

  /** Returns whether another message can be added. */
  public boolean hasRoom() {
    return added - taken < capacity;
  }

  /** Returns whether the first unsent message is sent in part. */
  public boolean isMidMessage() {
    return sentOfFirst > 0;
  }

  /**
   * Sends as much as the socket takes.
   *
   * @return 0 when that is all of it, else a negated errno; EAGAIN when the socket is full
   */
  public int send(int fd) {
    while (sent < added) {
      gather();
      long wanted = outgoing.lengthBytes();
      long n = Sockets.sendVector(fd, outgoing.iovecAddress(), outgoing.count());
      if (n < 0) {
        if (n == -Errno.EINTR) {
          continue;
        }
        return (int) n;
      }
      advance(n);
      if (n < wanted) {
        return -Errno.EAGAIN;
      }
    }
    return 0;
  }

  /** Returns the slot of the next message that is wholly sent, or -1. */
  public int takeSent() {
    return taken < sent ? slots[(int) (taken++ % capacity)] : NONE;
  }

  /** Forgets all messages. */
  public void clear() {
    sent = added;
    taken = added;
    sentOfFirst = 0;
  }

  private void gather() {
    outgoing.clear();
    long skip = sentOfFirst;
    boolean fits = true;
    for (long i = sent; i < added && fits; i++) {
      int at = (int) (i % capacity);
      long header = headerBytes[at];
      if (skip < header) {
        fits = outgoing.add(headers + (long) at * headerBytesMax + skip, header - skip);
      }
      long skipPayload = Math.max(0, skip - header);
      long left = payloadBytes[at] - skipPayload;
      if (fits && left > 0) {
        fits = outgoing.addSlice(payloads[at], payloadOffsets[at] + skipPayload, left);
      }
      skip = 0;
    }
  }

  private void advance(long bytes) {
    long left = bytes;
    while (left > 0) {
      int at = (int) (sent % capacity);
      long rest = headerBytes[at] + payloadBytes[at] - sentOfFirst;
      if (left < rest) {
        sentOfFirst += left;
        return;
      }
      left -= rest;
      sent++;
      sentOfFirst = 0;
      payloads[at] = null;
    }
  }

  /** Frees the headers' memory. */
  @Override
  public void close() {
    clear();
    outgoing.close();
    arena.close();
  }
}
