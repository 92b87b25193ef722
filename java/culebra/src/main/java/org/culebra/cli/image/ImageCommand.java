package org.culebra.cli.image;

import org.culebra.cli.CliCommand;
import picocli.CommandLine.Command;

/** {@code culebra image}: the family of commands on images. */
@Command(
    name = "image",
    description = "Make, show, check, compare and convert images, as qemu-img does.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CreateCommand.class,
      InfoCommand.class,
      MapCommand.class,
      CheckCommand.class,
      ConvertCommand.class,
      CompareCommand.class
    })
public final class ImageCommand extends CliCommand {
  /** Made by the parser. */
  public ImageCommand() {}

  @Override
  public Integer call() {
    throw usage("no image command given (see culebra image --help)");
  }
}
