package org.culebra.virtio.blk;

/** The values of a request's status byte (virtio 1.3 §5.2.6). */
public final class BlkStatus {
  /** Done. */
  public static final int OK = 0;

  /** Error of the device or the driver. */
  public static final int IOERR = 1;

  /** The device doesn't support the request. */
  public static final int UNSUPP = 2;

  private BlkStatus() {}

  /** Returns a status' name, or {@code status N}. */
  public static String name(int status) {
    return switch (status) {
      case OK -> "OK";
      case IOERR -> "IOERR";
      case UNSUPP -> "UNSUPP";
      default -> "status " + status;
    };
  }
}
