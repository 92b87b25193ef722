package org.culebra.block;

import java.io.IOException;

/** A device that passes everything on, for tests that override what they want to see. */
public class ForwardingDevice implements BlockDevice {
  private final BlockDevice device;

  /** Stands for a device. */
  protected ForwardingDevice(BlockDevice device) {
    this.device = device;
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public long capacityBytes() {
    return device.capacityBytes();
  }

  @Override
  public Capabilities capabilities() {
    return device.capabilities();
  }

  @Override
  public Limits limits() {
    return device.limits();
  }

  @Override
  public void activate() throws IOException {
    device.activate();
  }

  @Override
  public void deactivate() throws IOException {
    device.deactivate();
  }

  @Override
  public boolean isActive() {
    return device.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    return device.openQueue(depth);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }

  /** A queue that passes everything on. */
  public static class Queue implements BlockQueue {
    private final BlockQueue queue;

    /** Stands for a queue. */
    protected Queue(BlockQueue queue) {
      this.queue = queue;
    }

    @Override
    public void submit(RequestBatch batch) {
      queue.submit(batch);
    }

    @Override
    public void dispatch() {
      queue.dispatch();
    }

    @Override
    public int poll(CompletionBatch completions) {
      return queue.poll(completions);
    }

    @Override
    public int inflight() {
      return queue.inflight();
    }

    @Override
    public boolean prepareWait() {
      return queue.prepareWait();
    }

    @Override
    public void attach(Waiter waiter) {
      queue.attach(waiter);
    }

    @Override
    public void detach() {
      queue.detach();
    }

    @Override
    public void cancel() {
      queue.cancel();
    }

    @Override
    public void close() {
      queue.close();
    }
  }
}
