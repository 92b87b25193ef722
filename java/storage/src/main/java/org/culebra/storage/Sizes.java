package org.culebra.storage;

/** Sizes as people write them: digits, then nothing or one of K M G T (powers of 1024). */
final class Sizes {
  private static final String SUFFIXES = "KMGT";
  private static final int BITS_PER_SUFFIX = 10;

  private Sizes() {}

  /**
   * Returns the size in bytes, above 0.
   *
   * @param text the size
   * @param whole what it is a part of, for the error
   * @throws IllegalArgumentException when it isn't a size
   */
  static long parse(String text, String whole) {
    String digits = text;
    int shift = 0;
    if (!text.isEmpty()) {
      char last = Character.toUpperCase(text.charAt(text.length() - 1));
      int suffix = SUFFIXES.indexOf(last);
      if (suffix >= 0) {
        digits = text.substring(0, text.length() - 1);
        shift = (suffix + 1) * BITS_PER_SUFFIX;
      }
    }
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException(
          whole + ": size \"" + text + "\": must be digits, then nothing or one of K M G T");
    }
    long value;
    try {
      value = Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          whole + ": size \"" + text + "\": must be below 2^63 bytes", e);
    }
    if (value == 0) {
      throw new IllegalArgumentException(whole + ": size \"" + text + "\": must be above 0");
    }
    return value;
  }
}
