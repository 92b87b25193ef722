package org.culebra.storage;

import java.io.IOException;
import org.culebra.block.BlockDevice;
import org.culebra.block.FileDevice;
import org.culebra.block.FileOptions;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.block.NullDevice;
import org.culebra.storage.nbd.NbdDevice;

/** Makes devices of targets. */
public final class Targets {
  private Targets() {}

  /**
   * Makes a target's device, inactive: nothing is connected to, locked or written.
   *
   * @throws IOException when a file can't be opened
   */
  public static BlockDevice open(TargetUri target, TargetOptions options) throws IOException {
    return open(target, options, FileOptions.DEFAULT);
  }

  /**
   * Makes a target's device, inactive.
   *
   * @param fileOptions how a file is opened, but for read-only, which the other options have
   * @throws IOException when a file can't be opened
   */
  public static BlockDevice open(TargetUri target, TargetOptions options, FileOptions fileOptions)
      throws IOException {
    return switch (target) {
      case TargetUri.File file ->
          FileDevice.open(file.path(), fileOptions.withReadOnly(options.readOnly()));
      case TargetUri.Null none -> new NullDevice(none.sizeBytes());
      case TargetUri.Memory memory ->
          new MemoryDevice(memory.sizeBytes(), Limits.BYTES, options.readOnly());
      case TargetUri.NbdTcp tcp -> new NbdDevice(tcp, options);
      case TargetUri.NbdUnix unix -> new NbdDevice(unix, options);
    };
  }
}
