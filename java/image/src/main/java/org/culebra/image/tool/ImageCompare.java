package org.culebra.image.tool;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.culebra.block.BlockDevice;
import org.culebra.block.Extent;
import org.culebra.block.SyncIo;
import org.culebra.image.ErrorSink;
import org.culebra.linux.Memory;

/** Compares what two images hold, as qemu-img compare does. Blocks. */
public final class ImageCompare {
  /** What {@link #compare} returns for images that are alike. */
  public static final long SAME = -1;

  private static final int PIECE_BYTES = 1 << 20;

  private ImageCompare() {}

  /**
   * Compares; where one disk is longer, the rest of it must be zeroes.
   *
   * @param firstFormat the format's name, or null to probe
   * @param secondFormat the format's name, or null to probe
   * @return the offset of the first byte that differs, or {@link #SAME}
   * @throws IOException with one line that names what can't be read
   */
  public static long compare(
      FileOpener opener, String first, String firstFormat, String second, String secondFormat)
      throws IOException {
    try (ImageChain a = ImageChain.open(opener, first, firstFormat, true, ErrorSink.NONE);
        ImageChain b = ImageChain.open(opener, second, secondFormat, true, ErrorSink.NONE)) {
      a.device().activate();
      b.device().activate();
      return compare(a.device(), b.device());
    }
  }

  /**
   * Compares two active devices.
   *
   * @return the offset of the first byte that differs, or {@link #SAME}
   * @throws IOException when one can't be read
   */
  public static long compare(BlockDevice first, BlockDevice second) throws IOException {
    try (Arena arena = Arena.ofShared();
        Side a = new Side(first, arena);
        Side b = new Side(second, arena)) {
      long size = Math.max(first.capacityBytes(), second.capacityBytes());
      for (long at = 0; at < size; ) {
        long zeroes = Math.min(a.zeroesAt(at), b.zeroesAt(at));
        if (zeroes > 0) {
          at += zeroes;
          continue;
        }
        int length = (int) Math.min(PIECE_BYTES, size - at);
        long mismatch = a.read(at, length).mismatch(b.read(at, length));
        if (mismatch >= 0) {
          return at + mismatch;
        }
        at += length;
      }
      return SAME;
    }
  }

  private static final class Side implements AutoCloseable {
    private final BlockDevice device;
    private final SyncIo io;
    private final MemorySegment buffer;
    private final Extent extent = new Extent();

    Side(BlockDevice device, Arena arena) throws IOException {
      this.device = device;
      buffer = arena.allocate(PIECE_BYTES, 4096);
      io = new SyncIo(device);
    }

    /** Returns how many bytes from an offset on are known to be zeroes. */
    long zeroesAt(long offset) throws IOException {
      if (offset >= device.capacityBytes()) {
        return Long.MAX_VALUE - offset;
      }
      extent.set(Extent.Kind.DATA, offset, 0, 0);
      device.extentAt(offset, extent);
      return extent.hasContent() ? 0 : extent.lengthBytes();
    }

    MemorySegment read(long offset, int length) throws IOException {
      long there = Math.max(0, Math.min(length, device.capacityBytes() - offset));
      if (there < length) {
        Memory.fill(buffer.address() + there, length - there, (byte) 0);
      }
      if (there > 0) {
        io.read(offset, buffer.address(), there);
      }
      return buffer.asSlice(0, length);
    }

    @Override
    public void close() {
      io.close();
    }
  }
}
