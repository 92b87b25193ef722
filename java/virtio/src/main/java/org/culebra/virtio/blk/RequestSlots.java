package org.culebra.virtio.blk;

/**
 * The slots of one queue, indexed by head; each is made when its head is first seen. Confined to
 * the thread that owns the queue.
 */
public final class RequestSlots implements AutoCloseable {
  private final RequestSlot[] slots;

  /** Makes room for a queue's slots. */
  public RequestSlots(int queueSize) {
    slots = new RequestSlot[queueSize];
  }

  /** Returns a head's slot. */
  public RequestSlot slot(int head) {
    RequestSlot slot = slots[head];
    if (slot == null) {
      slot = new RequestSlot(head);
      slots[head] = slot;
    }
    return slot;
  }

  /** Returns whether a head's request is in flight. */
  public boolean isInflight(int head) {
    final RequestSlot slot = slots[head];
    return slot != null && slot.inflight;
  }

  /** Frees the slots' memory; none is in flight. */
  @Override
  public void close() {
    for (RequestSlot slot : slots) {
      if (slot != null) {
        slot.close();
      }
    }
  }
}
