package org.culebra.cli.image;

import java.io.IOException;
import java.util.List;
import org.culebra.image.ErrorSink;
import org.culebra.image.tool.ImageMap;
import picocli.CommandLine.Command;

/** {@code culebra image map}: tells where the bytes of a disk lie. */
@Command(name = "map", description = "Tell where the bytes of a disk lie in its files.")
final class MapCommand extends ReadingCommand {
  @Override
  public Integer call() throws IOException {
    List<ImageMap.Entry> entries = ImageMap.read(opener(), file(), formatOrNull(), ErrorSink.NONE);
    show(isJson() ? ImageMap.json(entries) : ImageMap.human(entries));
    return 0;
  }
}
