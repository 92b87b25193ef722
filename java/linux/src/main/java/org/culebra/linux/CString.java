package org.culebra.linux;

import java.nio.charset.StandardCharsets;

/** Text of C: bytes of UTF-8 that end in a zero byte. */
final class CString {
  private static final int BYTES_MAX = 1 << 16;

  private CString() {}

  /** Returns the text at an address. */
  static String at(long address) {
    int length = 0;
    while (length < BYTES_MAX && Memory.getByte(address + length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    Memory.get(address, bytes, 0, length);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Returns the text in a buffer that the caller closes. */
  static NativeBuffer of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = NativeBuffer.allocate(bytes.length + 1, 1);
    Memory.put(buffer.address(), bytes, 0, bytes.length);
    return buffer;
  }
}
