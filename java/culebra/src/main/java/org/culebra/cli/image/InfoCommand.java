package org.culebra.cli.image;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.culebra.image.tool.ImageInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culebra image info}: tells what an image is. */
@Command(name = "info", description = "Tell what an image is.")
final class InfoCommand extends ReadingCommand {
  @Option(names = "--backing-chain", description = "Tell of all backing files, too.")
  private boolean backingChain;

  @Override
  public Integer call() throws IOException {
    if (backingChain) {
      List<ImageInfo> chain = ImageInfo.readChain(opener(), file(), formatOrNull());
      show(
          isJson()
              ? ImageInfo.json(chain)
              : chain.stream().map(ImageInfo::human).collect(Collectors.joining("\n")));
      return 0;
    }
    ImageInfo info = ImageInfo.read(opener(), file(), formatOrNull());
    show(isJson() ? info.json() : info.human());
    return 0;
  }
}
