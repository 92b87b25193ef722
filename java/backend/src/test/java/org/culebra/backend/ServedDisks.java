package org.culebra.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.culebra.block.BlockDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;

/** A back-end in this process that serves given devices, in a directory of its own. */
final class ServedDisks implements AutoCloseable {
  /** What one disk is called when there is only one. */
  static final String DISK = "d0";

  private static final long DRAIN_TIMEOUT_NS = 300_000_000L;

  private final Path directory;
  private final Map<String, BlockDevice> devices = new LinkedHashMap<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private PollMode pollMode = PollMode.ADAPTIVE;
  private int agents = 1;
  private long drainTimeoutNs = DRAIN_TIMEOUT_NS;
  private Host host = new LinuxHost();
  private boolean inactive;
  private Backend backend;

  ServedDisks() throws IOException {
    directory = Files.createTempDirectory("culebra-");
  }

  /** Serves one device as {@link #DISK}. */
  static ServedDisks of(BlockDevice device) throws IOException {
    return new ServedDisks().disk(DISK, device).start();
  }

  ServedDisks disk(String name, BlockDevice device) {
    devices.put(name, device);
    return this;
  }

  ServedDisks pollMode(PollMode pollMode) {
    this.pollMode = pollMode;
    return this;
  }

  /** Agents pinned to CPU 0, all of them, so that a machine of any size has as many. */
  ServedDisks agents(int agents) {
    this.agents = agents;
    return this;
  }

  ServedDisks drainTimeoutNs(long drainTimeoutNs) {
    this.drainTimeoutNs = drainTimeoutNs;
    return this;
  }

  ServedDisks host(Host host) {
    this.host = host;
    return this;
  }

  ServedDisks inactive() {
    inactive = true;
    return this;
  }

  ServedDisks start() throws IOException {
    int[] cpus = new int[agents];
    BackendOptions options = new BackendOptions(pollMode, cpus, drainTimeoutNs, errors::add);
    List<DiskOptions> disks =
        devices.keySet().stream()
            .map(
                name ->
                    new DiskOptions(
                        name,
                        socket(name),
                        -1,
                        name,
                        "raw",
                        false,
                        8,
                        1024,
                        "sn-" + name,
                        inactive))
            .toList();
    backend = Backend.start(host, options, disks, disk -> devices.get(disk.name()), null);
    return this;
  }

  Path socket(String name) {
    return directory.resolve(name + ".sock");
  }

  Backend backend() {
    return backend;
  }

  /** Returns the lines that were said. */
  List<String> errors() {
    return errors;
  }

  FrontEnd connect(FrontEndOptions options) throws IOException {
    return connect(DISK, options);
  }

  FrontEnd connect(String name, FrontEndOptions options) throws IOException {
    FrontEnd frontEnd = FrontEnd.connect(socket(name), options);
    frontEnd.start();
    return frontEnd;
  }

  DiskStatus status(String name) {
    return backend.list().stream()
        .filter(disk -> disk.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() throws IOException {
    backend.close();
    try (Stream<Path> left = Files.list(directory)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
