package org.culebra.cli.text;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes in bytes with binary suffixes, read and shown as qemu-img does. */
public final class ByteSize {
  private static final String UNITS = "BKMGTPE";
  private static final Pattern TEXT =
      Pattern.compile(
          "(\\d{1,19}(?:\\.\\d{1,9})?)(?:([kmgtpe])(?:ib)?|b)?", Pattern.CASE_INSENSITIVE);
  private static final String RULE =
      "a size is a number of bytes, or a number with k, M, G, T, P or E";

  private ByteSize() {}

  /**
   * Reads a size: {@code 512}, {@code 4k}, {@code 1.5G}, {@code 64KiB}.
   *
   * @return the bytes, 0 or more
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  public static long parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + ": " + RULE);
    }
    String suffix = matcher.group(2);
    int shift = suffix == null ? 0 : UNITS.indexOf(suffix.toUpperCase(Locale.ROOT)) * 10;
    try {
      BigDecimal value = new BigDecimal(matcher.group(1));
      return value.multiply(BigDecimal.valueOf(1L << shift)).longValueExact();
    } catch (ArithmeticException tooLargeOrFraction) {
      throw new IllegalArgumentException(text + ": a size is a whole number of bytes below 8E");
    }
  }

  /** Shows a size with at most three digits and a binary unit: {@code 1.5 GiB}. */
  public static String format(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1000 && unit < UNITS.length() - 1) {
      value /= 1024;
      unit++;
    }
    String digits =
        value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 || value == 0 ? "%.2f" : "%.3f";
    String number = String.format(Locale.ROOT, digits, value);
    if (number.contains(".")) {
      number = number.replaceAll("\\.?0+$", "");
    }
    return number + (unit == 0 ? " B" : " " + UNITS.charAt(unit) + "iB");
  }
}
