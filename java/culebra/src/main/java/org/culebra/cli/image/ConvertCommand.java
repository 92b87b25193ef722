package org.culebra.cli.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.culebra.cli.CliCommand;
import org.culebra.cli.Converters;
import org.culebra.image.tool.ImageConvert;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culebra image convert}: copies a disk from one image to another. */
@Command(name = "convert", description = "Copy a disk to an image of another format or place.")
final class ConvertCommand extends CliCommand {
  @Option(
      names = "-f",
      paramLabel = "FORMAT",
      description = "The source's format; found out if not said.")
  private String sourceFormat;

  @Option(names = "-O", paramLabel = "FORMAT", description = "The target's format (default raw).")
  private String targetFormat = "raw";

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description = "Options of the target's format, as image create has them.")
  private List<String> options = new ArrayList<>();

  @Option(names = "-n", description = "The target is there: write into it, don't make it.")
  private boolean existing;

  @Option(names = "-p", description = "Show progress.")
  private boolean progress;

  @Option(names = "-q", description = "Say nothing.")
  private boolean quiet;

  @Option(
      names = "-S",
      paramLabel = "SIZE",
      converter = Converters.Size.class,
      description = "Zeroes of this length aren't stored (default 4k; 0 stores all).")
  private long sparseBytes = ImageConvert.Request.SPARSE_DEFAULT;

  @Option(
      names = {"-U", "--force-share"},
      description = "Read an image that another process has open for writing.")
  private boolean forceShare;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "A path or a URI.")
  private String source;

  @Parameters(index = "1", paramLabel = "TARGET", description = "A path or a URI.")
  private String target;

  @Override
  public Integer call() throws IOException {
    if (existing && !options.isEmpty()) {
      throw usage("-o " + options.getFirst() + ": options have no effect together with -n");
    }
    requireRange("-S", sparseBytes, 0, Integer.MAX_VALUE);
    ImageConvert.Request request =
        new ImageConvert.Request(
            source, sourceFormat, target, targetFormat, options, existing, (int) sparseBytes);
    ImageConvert convert =
        new ImageConvert(
            new TargetFiles(forceShare, err()), line -> err().println("culebra: " + line));
    if (!progress || quiet) {
      convert.convert(request, percent -> {});
      return 0;
    }
    Progress shown = new Progress(out(), System::nanoTime);
    try {
      convert.convert(request, shown);
    } finally {
      shown.end();
    }
    return 0;
  }
}
