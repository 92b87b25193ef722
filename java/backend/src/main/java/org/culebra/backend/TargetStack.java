package org.culebra.backend;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.storage.TargetUri;

final class TargetStack implements DiskStack {
  private final Executor workers;
  private final Consumer<String> errors;

  TargetStack(Executor workers, Consumer<String> errors) {
    this.workers = workers;
    this.errors = errors;
  }

  @Override
  public BlockDevice open(DiskOptions options) throws IOException {
    return switch (TargetUri.parse(options.target())) {
      case TargetUri.Null target -> new org.culebra.block.NullDevice(target.sizeBytes());
      case TargetUri.Memory target -> new org.culebra.block.MemoryDevice(target.sizeBytes());
      default -> throw new IOException(options.target());
    };
  }
}
