package org.culebra.cli.image;

import java.io.IOException;
import org.culebra.cli.CliCommand;
import org.culebra.image.tool.ImageCompare;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culebra image compare}: finds out whether two images hold the same. */
@Command(
    name = "compare",
    description = "Find out whether two images hold the same disk.",
    exitCodeOnExecutionException = 2,
    footer = {"", "Exit codes: 0 they do, 1 they don't, 2 it could not be found out."})
final class CompareCommand extends CliCommand {
  @Option(names = "-f", paramLabel = "FORMAT", description = "The first one's format.")
  private String firstFormat;

  @Option(names = "-F", paramLabel = "FORMAT", description = "The second one's format.")
  private String secondFormat;

  @Option(names = "-q", description = "Say nothing.")
  private boolean quiet;

  @Option(
      names = {"-U", "--force-share"},
      description = "Read images that another process has open for writing.")
  private boolean forceShare;

  @Parameters(index = "0", paramLabel = "FIRST", description = "A path or a URI.")
  private String first;

  @Parameters(index = "1", paramLabel = "SECOND", description = "A path or a URI.")
  private String second;

  @Override
  public Integer call() throws IOException {
    long offsetBytes =
        ImageCompare.compare(
            new TargetFiles(forceShare, err()), first, firstFormat, second, secondFormat);
    boolean same = offsetBytes == ImageCompare.SAME;
    if (!quiet) {
      out()
          .println(
              same ? "Images are identical." : "Content mismatch at offset " + offsetBytes + "!");
    }
    return same ? 0 : 1;
  }
}
