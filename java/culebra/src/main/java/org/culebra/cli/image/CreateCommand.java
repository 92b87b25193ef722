package org.culebra.cli.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.cli.CliCommand;
import org.culebra.image.tool.ImageCreate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culebra image create}: makes an image. */
@Command(name = "create", description = "Make an image; what FILE held is lost.")
final class CreateCommand extends CliCommand {
  @Option(names = "-f", paramLabel = "FORMAT", description = "raw or qcow2 (default raw).")
  private String format = "raw";

  @Option(names = "-b", paramLabel = "FILE", description = "The backing file.")
  private String backingFile;

  @Option(names = "-F", paramLabel = "FORMAT", description = "The backing file's format.")
  private String backingFormat;

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description =
          "Format options key=value,key=value: for qcow2 cluster_size, compat, preallocation,"
              + " lazy_refcounts, refcount_bits, backing_file, backing_fmt, size; for raw"
              + " preallocation, size.")
  private List<String> options = new ArrayList<>();

  @Option(names = "-q", description = "Say nothing.")
  private boolean quiet;

  @Parameters(index = "0", paramLabel = "FILE", description = "A path or a URI.")
  private String file;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SIZE",
      description = "512, 64M, 10G; not needed with a backing file.")
  private String size;

  @Override
  public Integer call() throws IOException {
    new ImageCreate(new TargetFiles(false, err()))
        .create(
            new ImageCreate.Request(file, format, size, options, backingFile, backingFormat),
            line -> {
              if (!quiet) {
                out().println(line);
              }
            });
    return 0;
  }
}
