package org.culebra.image.qcow2;

import org.culebra.block.BlockOperation;
import org.culebra.image.owner.ChildOp;
import org.culebra.image.owner.Task;
import org.culebra.image.owner.TaskList;
import org.culebra.linux.IoVector;

/** Writes the header's changed fields, durably, in one write of its first bytes. Of the owner. */
final class HeaderWriter extends Task {
  private final Qcow2Core core;
  private final IoVector memory;
  private final long address;
  private final int lengthBytes;
  private TaskList joined = new TaskList();
  private TaskList served = new TaskList();
  private boolean again;
  private boolean running;
  private boolean flushing;
  private long toClear;

  /** Makes one over a copy of the file's first bytes. */
  HeaderWriter(Qcow2Core core, long address, int lengthBytes) {
    this.core = core;
    this.address = address;
    this.lengthBytes = lengthBytes;
    memory = IoVector.of(address, lengthBytes);
    toClear = core.header.autoclearFeatures;
  }

  /**
   * Returns whether the image may be changed now. Before the first change the autoclear bits are
   * cleared: we keep no bitmaps and know no other bit. The task runs again when that is durable.
   */
  boolean isWritable(Task task) {
    if (toClear == 0) {
      return true;
    }
    core.header.autoclearFeatures = 0;
    write(task);
    return false;
  }

  /** Writes the header as it is now; the task, if any, runs when it is durable, or can't be. */
  void write(Task task) {
    if (task != null) {
      joined.add(task);
    }
    again = true;
    if (!running) {
      begin();
    }
  }

  private void begin() {
    TaskList swap = served;
    served = joined;
    joined = swap;
    again = false;
    running = true;
    flushing = false;
    core.header.patch(address);
    submit();
  }

  private void submit() {
    ChildOp op = core.file.acquire();
    if (op == null) {
      core.file.awaitSlot(this);
    } else if (flushing) {
      op.request().set(BlockOperation.FLUSH, 0, 0, 0);
      op.submit(this, 0);
    } else {
      op.request().set(BlockOperation.WRITE, 0, lengthBytes, 0).memory(memory, 0);
      op.submit(this, 0);
    }
  }

  @Override
  protected void run(int wakeResult) {
    submit();
  }

  @Override
  protected void onChild(ChildOp op, int result) {
    if (result == 0 && !flushing) {
      flushing = true;
      submit();
      return;
    }
    running = false;
    if (result == 0 && !again) {
      toClear = core.header.autoclearFeatures;
    }
    served.wakeAll(core.ready, result);
    if (again) {
      begin();
    }
  }

  void close() {
    memory.close();
  }
}
