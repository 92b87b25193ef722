package org.culebra.image.tool;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import org.culebra.image.ImageException;

/** Sizes as people write and read them, as qemu-img does: powers of 1024. */
public final class SizeText {
  private static final String SUFFIXES = "bkmgtpe";
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private SizeText() {}

  /**
   * Returns the bytes of a size with an optional suffix b, k, M, G, T, P or E.
   *
   * @param what what it is the size of, for the error
   * @throws ImageException when it is none
   */
  public static long parse(String text, String what) throws ImageException {
    if (!text.matches("[0-9]+(\\.[0-9]+)?[bBkKmMgGtTpPeE]?")) {
      throw new ImageException(
          what + " " + text + ": must be a number, with an optional suffix k, M, G, T, P or E");
    }
    char last = Character.toLowerCase(text.charAt(text.length() - 1));
    int power = SUFFIXES.indexOf(last);
    String number = power < 0 ? text : text.substring(0, text.length() - 1);
    BigDecimal bytes =
        new BigDecimal(number).multiply(BigDecimal.valueOf(1024).pow(Math.max(power, 0)));
    BigDecimal whole = bytes.setScale(0, RoundingMode.DOWN);
    if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new ImageException(what + " " + text + ": must be below 8 EiB");
    }
    return whole.longValueExact();
  }

  /** Returns a size with three digits and a unit: 1.5 GiB. */
  public static String of(long bytes) {
    int unit = 0;
    double value = bytes;
    while (unit < UNITS.length - 1 && value >= 1000) {
      value /= 1024;
      unit++;
    }
    return significant(value) + " " + UNITS[unit];
  }

  /** Three significant digits, without trailing zeroes: the C format %0.3g. */
  private static String significant(double value) {
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(new java.math.MathContext(3));
    String text = String.format(Locale.ROOT, "%s", rounded.stripTrailingZeros().toPlainString());
    return text;
  }
}
