package org.culebra.cli.image;

import org.culebra.cli.CliCommand;
import org.culebra.cli.OutputFormat;
import org.culebra.image.tool.FileOpener;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands that read one image have in common. */
abstract class ReadingCommand extends CliCommand {
  @Option(names = "-f", paramLabel = "FORMAT", description = "raw or qcow2; found out if not said.")
  private String format;

  @Option(
      names = {"-U", "--force-share"},
      description = "Read an image that another process has open for writing.")
  private boolean forceShare;

  @Option(
      names = "--output",
      paramLabel = "human|json",
      description = "How to show it (default human).")
  private OutputFormat output = OutputFormat.HUMAN;

  @Parameters(paramLabel = "FILE", description = "A path or a URI.")
  private String file;

  final FileOpener opener() {
    return new TargetFiles(forceShare, err());
  }

  final String file() {
    return file;
  }

  /** Returns the format's name, or null to find it out. */
  final String formatOrNull() {
    return format;
  }

  final boolean isJson() {
    return output == OutputFormat.JSON;
  }

  /** Shows a text, with a line end at its end. */
  final void show(String text) {
    out().print(text.endsWith("\n") ? text : text + "\n");
    out().flush();
  }
}
