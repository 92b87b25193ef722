package org.culebra.image.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.CopyPump;
import org.culebra.block.Extent;
import org.culebra.block.SyncIo;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;

/** Copies a disk from one image to another, as qemu-img convert does. Blocks. */
public final class ImageConvert {
  private static final int BUFFERS = 8;
  private static final int BUFFER_BYTES = 2 << 20;
  private static final int SPARSE_MAX = BUFFER_BYTES;

  /** A piece after which progress is told. */
  private static final long PIECE_BYTES = 64L << 20;

  private final FileOpener opener;
  private final ErrorSink errors;

  /**
   * Makes one over targets.
   *
   * @param errors takes a line for each fault of an image
   */
  public ImageConvert(FileOpener opener, ErrorSink errors) {
    this.opener = opener;
    this.errors = errors;
  }

  /**
   * What to copy.
   *
   * @param source the image to read
   * @param sourceFormat of {@code -f}, or null to probe
   * @param target the image to write
   * @param targetFormat of {@code -O}
   * @param options of {@code -o}, for a new target
   * @param existing of {@code -n}: the target is there, and is not made
   * @param sparseBytes of {@code -S}: runs of zeroes of this length aren't stored; 0 stores all
   */
  public record Request(
      String source,
      String sourceFormat,
      String target,
      String targetFormat,
      List<String> options,
      boolean existing,
      int sparseBytes) {
    /** What {@code -S} is unless it is given. */
    public static final int SPARSE_DEFAULT = 4096;
  }

  /**
   * Copies.
   *
   * @param progress takes 0 to 100 as it goes
   * @throws IOException with one line that names what failed
   */
  public void convert(Request request, DoubleConsumer progress) throws IOException {
    int sparse = request.sparseBytes;
    boolean isPower = sparse == 0 || Integer.bitCount(sparse) == 1 && sparse >= 512;
    if (!isPower || sparse > SPARSE_MAX) {
      throw new ImageException(
          "-S " + sparse + ": must be 0, or a power of two from 512 to " + SPARSE_MAX);
    }
    try (ImageChain source =
        ImageChain.open(opener, request.source, request.sourceFormat, true, errors)) {
      source.device().activate();
      if (!request.existing) {
        create(request, source.device().capacityBytes());
      }
      try (ImageChain target =
          ImageChain.open(opener, request.target, request.targetFormat, false, errors)) {
        target.device().activate();
        copy(request, source.device(), target.device(), progress);
        target.device().deactivate();
      }
    }
  }

  private void create(Request request, long size) throws IOException {
    ImageCreate create = new ImageCreate(opener);
    List<String> options = new ArrayList<>(request.options);
    create.create(
        new ImageCreate.Request(
            request.target, request.targetFormat, Long.toString(size), options, null, null),
        line -> {});
  }

  private void copy(
      Request request, BlockDevice source, BlockDevice target, DoubleConsumer progress)
      throws IOException {
    long size = source.capacityBytes();
    if (target.capacityBytes() < size) {
      throw new ImageException(
          request.target
              + ": "
              + target.capacityBytes()
              + " bytes: smaller than the source's "
              + size);
    }
    boolean zero = !request.existing && readsZeroes(request);
    CopyPump.Options options =
        new CopyPump.Options(BUFFERS, BUFFER_BYTES, request.sparseBytes, zero, SyncIo.TIMEOUT_NS);
    try (CopyPump pump = new CopyPump(source, target, options)) {
      Extent extent = new Extent();
      long at = 0;
      while (at < size) {
        source.extentAt(at, extent);
        long length = Math.min(Math.min(extent.lengthBytes(), size - at), PIECE_BYTES);
        if (extent.hasContent() || request.sparseBytes == 0) {
          pump.copy(at, at, length);
        } else {
          pump.writeZeroes(at, length);
        }
        at += length;
        progress.accept(100.0 * at / size);
      }
      if (request.existing && target.capacityBytes() > size) {
        pump.writeZeroes(size, target.capacityBytes() - size);
      }
      pump.finish();
    }
  }

  /** A new image reads as zeroes; what a server exports under raw may hold anything. */
  private boolean readsZeroes(Request request) throws IOException {
    if (!request.targetFormat.equals("raw")) {
      return !request.options.toString().contains("backing_file");
    }
    try (BlockDevice file = opener.open(request.target, true, true)) {
      return opener.actualBytes(request.target) >= 0 && file.capacityBytes() >= 0;
    }
  }
}
