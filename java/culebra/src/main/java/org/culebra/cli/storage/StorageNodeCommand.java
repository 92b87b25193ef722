package org.culebra.cli.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.culebra.block.BlockDevice;
import org.culebra.cli.CliCommand;
import org.culebra.cli.text.ByteSize;
import org.culebra.storage.TargetUri;
import org.culebra.storage.node.Export;
import org.culebra.storage.node.ListenAddress;
import org.culebra.storage.node.NodeOptions;
import org.culebra.storage.node.StorageNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culebra storage-node}: an NBD server over files, images and other targets. */
@Command(
    name = "storage-node",
    description = "Serve files as NBD exports until SIGTERM, SIGINT or SIGHUP.",
    customSynopsis = {
      "culebra storage-node --listen=unix:PATH|HOST:PORT",
      "                            NAME=FILE[,format=F][,read-only=on]..."
    },
    footer = {
      "",
      "FILE may be any target of culebra serve. F is raw, qcow2 or auto (default raw).",
      "Port 0 takes one that is free; the lines on stdout name it."
    })
public final class StorageNodeCommand extends CliCommand {
  @Option(
      names = "--listen",
      required = true,
      paramLabel = "unix:PATH|HOST:PORT",
      description = "Where to listen.")
  private String listen;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME=FILE",
      description = "An export. A comma in a file's name is written twice.")
  private List<String> exports = new ArrayList<>();

  /** Made by the parser. */
  public StorageNodeCommand() {}

  @Override
  public Integer call() throws IOException {
    ListenAddress address;
    List<ExportArgument> arguments;
    try {
      address = ListenAddress.parse(listen);
      arguments = exports.stream().map(ExportArgument::parse).toList();
      refuseSameNames(arguments);
    } catch (IllegalArgumentException wrong) {
      throw usage(wrong.getMessage());
    }
    List<Export> opened = new ArrayList<>();
    try {
      for (ExportArgument argument : arguments) {
        opened.add(new Export(argument.name(), open(argument)));
      }
      serve(address, arguments, opened);
    } finally {
      for (Export export : opened) {
        export.device().close();
      }
    }
    return 0;
  }

  private void serve(ListenAddress address, List<ExportArgument> arguments, List<Export> opened)
      throws IOException {
    NodeOptions options = NodeOptions.of(line -> err().println("culebra: " + line));
    try (StorageNode node = StorageNode.listen(address, opened, options);
        StopSignals _ = StopSignals.watching(node::stop)) {
      for (int i = 0; i < opened.size(); i++) {
        out().println(line(arguments.get(i), opened.get(i), address, node));
      }
      out().flush();
      node.run();
    }
    if (address instanceof ListenAddress.Unix unix) {
      Files.deleteIfExists(unix.path());
    }
  }

  private BlockDevice open(ExportArgument argument) throws IOException {
    BlockDevice device = null;
    try {
      device = Formats.open(argument.target(), argument.format(), argument.readOnly(), err());
      device.activate();
      return device;
    } catch (IOException wrong) {
      if (device != null) {
        device.close();
      }
      throw new IOException("export " + argument.name() + ": " + wrong.getMessage(), wrong);
    }
  }

  private static String line(
      ExportArgument argument, Export export, ListenAddress address, StorageNode node) {
    TargetUri uri =
        switch (address) {
          case ListenAddress.Unix unix ->
              new TargetUri.NbdUnix(unix.path().toAbsolutePath(), export.name());
          case ListenAddress.Tcp tcp ->
              new TargetUri.NbdTcp(tcp.host(), node.port(), export.name());
        };
    return "export "
        + export.name()
        + ": "
        + uri
        + ", "
        + export.device().name()
        + ", "
        + ByteSize.format(export.device().capacityBytes())
        + (argument.readOnly() ? ", read-only" : "");
  }

  private static void refuseSameNames(List<ExportArgument> arguments) {
    Set<String> names = new HashSet<>();
    for (ExportArgument argument : arguments) {
      if (!names.add(argument.name())) {
        throw new IllegalArgumentException("export " + argument.name() + ": name given twice");
      }
    }
  }
}
