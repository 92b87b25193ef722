package org.culebra.cli.image;

import java.io.IOException;
import org.culebra.image.tool.ImageCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culebra image check}: finds contradictions in an image. */
@Command(
    name = "check",
    description = "Find contradictions in an image.",
    footer = {
      "",
      "Exit codes: 0 nothing is wrong, 1 not all could be checked, 2 data is in",
      "danger, 3 clusters are leaked, 63 the format has nothing to check."
    })
final class CheckCommand extends ReadingCommand {
  @Option(names = "-r", paramLabel = "leaks|all", description = "Refused: repairs nothing yet.")
  private String repair;

  @Option(names = "-q", description = "Say nothing.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    ImageCheck check =
        ImageCheck.run(
            opener(),
            file(),
            formatOrNull(),
            repair,
            line -> {
              if (!quiet) {
                err().println(line);
              }
            });
    if (check.status() == ImageCheck.STATUS_UNSUPPORTED) {
      err().println("culebra: " + file() + ": format " + check.format() + ": nothing to check");
    } else if (!quiet) {
      show(isJson() ? check.json() : check.human());
    }
    return check.status();
  }
}
