package org.culebra.cli;

import java.util.function.Function;
import org.culebra.cli.text.ByteSize;
import org.culebra.cli.text.Durations;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How values of options are read; a wrong one is told in the value's own rule. */
public final class Converters {
  private Converters() {}

  private static <T> T convert(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(wrong.getMessage());
    }
  }

  /** Sizes: {@code 4k}. */
  public static final class Size implements ITypeConverter<Long> {
    /** Made by the parser. */
    public Size() {}

    @Override
    public Long convert(String text) {
      return Converters.convert(text, ByteSize::parse);
    }
  }

  /** Seconds, as nanoseconds. */
  public static final class Seconds implements ITypeConverter<Long> {
    /** Made by the parser. */
    public Seconds() {}

    @Override
    public Long convert(String text) {
      return Converters.convert(text, Durations::parseSecondsNs);
    }
  }
}
