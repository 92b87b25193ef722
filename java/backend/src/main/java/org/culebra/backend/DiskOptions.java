package org.culebra.backend;

import java.nio.file.Path;

/**
 * What one served disk is made of.
 *
 * @param name the disk's name in commands and messages; unique in a process
 * @param socket the path to listen on, or null when {@code fd} is given
 * @param fd an inherited socket, listening or connected, or -1
 * @param target what {@code TargetUri} parses: a path or a URI
 * @param format {@code raw}, {@code qcow2} or {@code auto}
 * @param readOnly offer VIRTIO_BLK_F_RO and write nothing
 * @param queues the limit reported by GET_QUEUE_NUM, 1 to 256
 * @param queueSize the largest SET_VRING_NUM accepted, a power of two to 32768
 * @param serial what GET_ID answers, at most 20 bytes
 * @param inactive activate the image at the first vring start only
 */
public record DiskOptions(
    String name,
    Path socket,
    int fd,
    String target,
    String format,
    boolean readOnly,
    int queues,
    int queueSize,
    String serial,
    boolean inactive) {
  /** Queues reported when nothing is said: QEMU refuses to attach below its own num-queues. */
  public static final int QUEUES_DEFAULT = 64;

  /** Queue size accepted when nothing is said. */
  public static final int QUEUE_SIZE_DEFAULT = 1024;

  /** The largest number of queues a disk may have. */
  public static final int QUEUES_MAX = 256;

  /** The largest split ring (virtio 1.3 §2.7). */
  public static final int QUEUE_SIZE_MAX = 32768;

  /** The bytes of a serial number (virtio 1.3 §5.2.6: VIRTIO_BLK_T_GET_ID). */
  public static final int SERIAL_BYTES = 20;

  /** Checks the ranges; the message names the value and the rule. */
  public DiskOptions {
    require(!name.isEmpty(), name, "name", "is empty");
    require((socket == null) != (fd < 0), name, "socket " + socket + " fd " + fd, "one is needed");
    require(queues >= 1 && queues <= QUEUES_MAX, name, "queues " + queues, "1 to " + QUEUES_MAX);
    require(
        Integer.bitCount(queueSize) == 1 && queueSize >= 2 && queueSize <= QUEUE_SIZE_MAX,
        name,
        "queue-size " + queueSize,
        "a power of two from 2 to " + QUEUE_SIZE_MAX);
    require(
        serial.getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= SERIAL_BYTES,
        name,
        "serial " + serial,
        "at most " + SERIAL_BYTES + " bytes");
  }

  /** Returns options for a disk on a socket path, everything else as when nothing is said. */
  public static DiskOptions of(String name, Path socket, String target) {
    return new DiskOptions(
        name,
        socket,
        -1,
        target,
        "raw",
        false,
        QUEUES_DEFAULT,
        QUEUE_SIZE_DEFAULT,
        name.substring(0, Math.min(name.length(), SERIAL_BYTES)),
        false);
  }

  private static void require(boolean holds, String disk, String value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("disk " + disk + ": " + value + ": " + rule);
    }
  }
}
