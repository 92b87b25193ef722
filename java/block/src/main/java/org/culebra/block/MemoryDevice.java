package org.culebra.block;

import java.io.IOException;
import org.culebra.linux.Errno;
import org.culebra.linux.IoVector;
import org.culebra.linux.Mapping;
import org.culebra.linux.Memory;

/**
 * A disk in this process's memory, shared by all its queues; what it holds lasts until it is
 * closed.
 *
 * <p>Memory is taken as it is written, so a large disk that is mostly empty is cheap, also after
 * the discards and write zeroes of a mkfs: those clear what was written and leave alone what was
 * not. A discarded range reads as zeroes. There is nothing more durable than a completed write, so
 * a flush has nothing to do.
 */
public final class MemoryDevice implements BlockDevice {
  private final OpenQueues openQueues = new OpenQueues();
  private final long capacityBytes;
  private final Limits limits;
  private final Capabilities capabilities;
  private final WrittenChunks written;
  private Mapping mapping;

  /**
   * Makes an inactive one, of bytes at any alignment.
   *
   * @param capacityBytes above 0
   */
  public MemoryDevice(long capacityBytes) {
    this(capacityBytes, Limits.BYTES, false);
  }

  /**
   * Makes an inactive one.
   *
   * @param capacityBytes above 0, a multiple of the alignment
   * @param limits what it claims to need
   * @param readOnly whether it refuses to be changed
   */
  public MemoryDevice(long capacityBytes, Limits limits, boolean readOnly) {
    assert capacityBytes > 0 && capacityBytes % limits.alignmentBytes() == 0;
    this.capacityBytes = capacityBytes;
    this.limits = limits;
    capabilities =
        new Capabilities(
            readOnly, false, !readOnly, !readOnly, !readOnly, Capabilities.QUEUES_UNLIMITED);
    written = new WrittenChunks(capacityBytes);
  }

  @Override
  public String name() {
    return "memory:" + capacityBytes;
  }

  @Override
  public long capacityBytes() {
    return capacityBytes;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Limits limits() {
    return limits;
  }

  @Override
  public void activate() throws IOException {
    if (mapping == null) {
      mapping = Mapping.anonymous(capacityBytes);
    }
    openQueues.setActive(true);
  }

  @Override
  public void deactivate() {
    openQueues.setActive(false);
  }

  @Override
  public boolean isActive() {
    return openQueues.isActive();
  }

  @Override
  public BlockQueue openQueue(int depth) throws IOException {
    openQueues.add(this);
    return new MemoryQueue(depth, mapping.address());
  }

  @Override
  public void extentAt(long offsetBytes, Extent out) {
    long end = written.runEnd(offsetBytes, capacityBytes);
    boolean data = written.isWritten(offsetBytes);
    out.set(
        data ? Extent.Kind.DATA : Extent.Kind.ZERO, offsetBytes, end - offsetBytes, offsetBytes);
  }

  @Override
  public void close() {
    deactivate();
    if (mapping != null) {
      mapping.close();
      mapping = null;
    }
  }

  private final class MemoryQueue extends ImmediateQueue {
    private final long address;

    MemoryQueue(int depth, long address) {
      super(depth, openQueues);
      this.address = address;
    }

    @Override
    public void submit(RequestBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        BlockRequest request = batch.get(i);
        assert RequestRules.isInside(request, capacityBytes, false) : request;
        assert RequestRules.isAligned(request, limits.alignmentBytes()) : request;
        assert RequestRules.hasMemory(request) : request;
        complete(request, execute(request));
      }
    }

    private int execute(BlockRequest request) {
      BlockOperation operation = request.operation();
      if (capabilities.readOnly() && RequestRules.isChange(operation)) {
        return -Errno.EROFS;
      }
      long offset = request.offsetBytes();
      long length = request.lengthBytes();
      switch (operation) {
        case READ -> read(request.memory(), request.memoryOffsetBytes(), offset, length);
        case WRITE -> {
          written.mark(offset, length);
          request.memory().copyTo(request.memoryOffsetBytes(), address + offset, length);
        }
        case DISCARD, WRITE_ZEROES -> clear(offset, length);
        case FLUSH -> {}
      }
      return 0;
    }

    /** Reads; what was never written isn't touched, since a read would make pages of it. */
    private void read(IoVector memory, long memoryOffset, long offset, long length) {
      long done = 0;
      while (done < length) {
        // The run first: a chunk that is marked in between is then copied, never taken for zeroes.
        long run = written.runEnd(offset + done, offset + length) - (offset + done);
        if (written.isWritten(offset + done)) {
          memory.copyFrom(memoryOffset + done, address + offset + done, run);
        } else {
          memory.zero(memoryOffset + done, run);
        }
        done += run;
      }
    }

    private void clear(long offset, long length) {
      long done = 0;
      while (done < length) {
        // The run first: a chunk that is marked in between is then copied, never taken for zeroes.
        long run = written.runEnd(offset + done, offset + length) - (offset + done);
        if (written.isWritten(offset + done)) {
          Memory.fill(address + offset + done, run, (byte) 0);
        }
        done += run;
      }
    }
  }
}
