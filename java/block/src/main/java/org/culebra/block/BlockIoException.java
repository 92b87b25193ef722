package org.culebra.block;

import java.io.IOException;
import org.culebra.linux.Errno;

/** A block request that ended with an error, as a control thread sees it. */
public final class BlockIoException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * Makes one that says {@code device: operation offset+length: ERRNO (text)}.
   *
   * @param device whose request it was
   * @param request what was asked for
   * @param errno above 0
   */
  public BlockIoException(BlockDevice device, BlockRequest request, int errno) {
    super(describe(device, request) + ": " + Errno.name(errno) + " (" + Errno.message(errno) + ")");
    this.errno = errno;
  }

  /** Returns the error's number, above 0. */
  public int errno() {
    return errno;
  }

  /** Returns {@code device: operation offset+length}. */
  static String describe(BlockDevice device, BlockRequest request) {
    String operation = request.operation().name().toLowerCase(java.util.Locale.ROOT);
    String range =
        request.operation() == BlockOperation.FLUSH
            ? ""
            : " " + request.offsetBytes() + "+" + request.lengthBytes();
    return device.name() + ": " + operation.replace('_', ' ') + range;
  }
}
