package org.culebra.cli.serve;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.backend.DiskOptions;
import org.culebra.cli.storage.Formats;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which disks to serve: any number by {@code --disk}, or one in the short form. */
final class ServeOptions {
  /** What the disk of the short form is called. */
  static final String SHORT_FORM_NAME = "disk0";

  @Option(
      names = "--disk",
      paramLabel = "name=N,socket=PATH|fd=N,target=T[,...]",
      description =
          "A disk; may be given many times. Also format=raw|qcow2|auto, read-only=on, queues=N,"
              + " queue-size=N, serial=S, inactive=on. A comma in a value is written twice.")
  private List<String> disks = new ArrayList<>();

  @ArgGroup(exclusive = false, heading = "One disk in the short form, called disk0:%n")
  private ShortForm shortForm;

  /** QEMU's conventions for back-end programs. */
  static final class ShortForm {
    @Option(names = "--socket-path", paramLabel = "PATH", description = "Listen here.")
    private Path socketPath;

    @Option(
        names = "--fd",
        paramLabel = "N",
        description = "An inherited socket, listening or connected.")
    private Integer fd;

    @Option(names = "--blk-file", paramLabel = "T", description = "The target: a path or a URI.")
    private String blkFile;

    @Option(names = "--format", paramLabel = "F", description = "raw, qcow2 or auto (default raw).")
    private String format = "raw";

    @Option(names = "--read-only", description = "Refuse writes.")
    private boolean readOnly;

    @Option(names = "--num-queues", paramLabel = "N", description = "Queues offered (default 64).")
    private int queues = DiskOptions.QUEUES_DEFAULT;

    @Option(names = "--queue-size", paramLabel = "N", description = "Largest ring (default 1024).")
    private int queueSize = DiskOptions.QUEUE_SIZE_DEFAULT;

    @Option(
        names = "--serial",
        paramLabel = "S",
        description = "The serial number (default disk0).")
    private String serial = SHORT_FORM_NAME;
  }

  /**
   * Returns the disks, one at least, each name once.
   *
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  List<DiskOptions> disks() {
    List<DiskOptions> all = new ArrayList<>();
    if (shortForm != null && !disks.isEmpty()) {
      throw new IllegalArgumentException("--disk and the short form: one or the other");
    }
    if (shortForm != null) {
      all.add(shortFormDisk());
    }
    for (String disk : disks) {
      DiskOptions next = DiskArgument.parse(disk);
      for (DiskOptions other : all) {
        refuseSame(other, next);
      }
      all.add(next);
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException("--disk, or --socket-path and --blk-file: needed");
    }
    return all;
  }

  private DiskOptions shortFormDisk() {
    if (shortForm.blkFile == null || shortForm.blkFile.isEmpty()) {
      throw new IllegalArgumentException("--blk-file: needed");
    }
    if ((shortForm.socketPath == null) == (shortForm.fd == null)) {
      throw new IllegalArgumentException("--socket-path, --fd: one of both is needed");
    }
    if (shortForm.socketPath != null && shortForm.socketPath.toString().isEmpty()) {
      throw new IllegalArgumentException("--socket-path: a path is empty");
    }
    if (shortForm.fd != null && shortForm.fd < 0) {
      throw new IllegalArgumentException("--fd " + shortForm.fd + ": 0 or more");
    }
    return new DiskOptions(
        SHORT_FORM_NAME,
        shortForm.socketPath,
        shortForm.fd == null ? -1 : shortForm.fd,
        Formats.requireTarget(shortForm.blkFile),
        Formats.requireKnown(shortForm.format),
        shortForm.readOnly,
        shortForm.queues,
        shortForm.queueSize,
        shortForm.serial,
        false);
  }

  private static void refuseSame(DiskOptions one, DiskOptions other) {
    if (one.name().equals(other.name())) {
      throw new IllegalArgumentException("disk " + one.name() + ": name given twice");
    }
    boolean sameFd = one.fd() >= 0 && one.fd() == other.fd();
    boolean sameSocket = one.socket() != null && one.socket().equals(other.socket());
    if (sameFd || sameSocket) {
      throw new IllegalArgumentException(
          "disk " + other.name() + ": its socket is that of disk " + one.name());
    }
  }
}
