package org.culebra.storage.nbd;

import java.util.List;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockDeviceContractTest;
import org.culebra.block.DeviceParameters;
import org.culebra.storage.ServerProcess;
import org.culebra.storage.TargetOptions;

/**
 * The block contract over nbdkit's memory plugin, with and without structured replies. With one
 * thread per connection: with more, nbdkit 1.32 ends itself by an assertion in raw_send_socket when
 * a client leaves with requests under way, as cancel does.
 */
abstract class NbdkitContractTest extends BlockDeviceContractTest {
  private ServerProcess server;

  /** Returns what follows the socket on nbdkit's command line, up to the size. */
  abstract List<String> arguments();

  @Override
  protected BlockDevice create(DeviceParameters parameters) throws Exception {
    java.util.ArrayList<String> all = new java.util.ArrayList<>(arguments());
    all.add("memory");
    all.add(Long.toString(parameters.capacityBytes()));
    server = closeLater(ServerProcess.nbdkit(all.toArray(String[]::new)));
    return reopen(parameters);
  }

  @Override
  protected BlockDevice reopen(DeviceParameters parameters) {
    TargetOptions options = TargetOptions.of(line -> {});
    return new NbdDevice(server.target(""), options.withReadOnly(parameters.readOnly()));
  }

  static class Structured extends NbdkitContractTest {
    @Override
    List<String> arguments() {
      return List.of("-t", "1");
    }
  }

  static class Simple extends NbdkitContractTest {
    @Override
    List<String> arguments() {
      return List.of("-t", "1", "--no-sr");
    }
  }
}
