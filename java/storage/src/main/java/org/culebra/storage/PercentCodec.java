package org.culebra.storage;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of UTF-8 (RFC 3986 §2.1); a plus sign is a plus sign. */
final class PercentCodec {
  private static final String UNRESERVED_MARKS = "-._~/";
  private static final int ESCAPE_CHARS = 3;

  private PercentCodec() {}

  /**
   * Returns the decoded text.
   *
   * @param text a part of a URI
   * @param whole the URI, for the error
   * @throws IllegalArgumentException when an escape is malformed or the bytes aren't UTF-8
   */
  static String decode(String text, String whole) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if (c == '%') {
        bytes.write(escape(text, i, whole));
        i += ESCAPE_CHARS;
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(c);
      }
    }
    try {
      ByteBuffer decoded = ByteBuffer.wrap(bytes.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(decoded).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          whole + ": \"" + text + "\": must be UTF-8 once percent-decoded", e);
    }
  }

  /** Returns the text with everything but unreserved characters and slashes escaped. */
  static String encode(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter || UNRESERVED_MARKS.indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(String.format("%02X", (int) c));
      }
    }
    return out.toString();
  }

  private static int escape(String text, int index, String whole) {
    int high = index + 1 < text.length() ? Character.digit(text.charAt(index + 1), 16) : -1;
    int low = index + 2 < text.length() ? Character.digit(text.charAt(index + 2), 16) : -1;
    if (high < 0 || low < 0) {
      String found = text.substring(index, Math.min(text.length(), index + ESCAPE_CHARS));
      throw new IllegalArgumentException(
          whole + ": \"" + found + "\": % must be followed by two hexadecimal digits");
    }
    return high << 4 | low;
  }
}
