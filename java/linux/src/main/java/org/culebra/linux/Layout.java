package org.culebra.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the C compiler knows of the kernel's structures and constants on this architecture.
 *
 * <p>Values that differ between architectures are taken from here when a class loads; all others
 * stand in Java as constants, which tests compare with this table.
 */
public final class Layout {
  private static final int ENTRY_BYTES = 16;
  private static final Map<String, Long> VALUES = read();

  private Layout() {}

  /**
   * Returns a value.
   *
   * @param name {@code struct} for its size, {@code struct.field} for the field's offset, {@code
   *     CONSTANT} for its value
   * @throws IllegalArgumentException when the table has none of that name
   */
  public static long value(String name) {
    Long value = VALUES.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + ": not in the layout table of libculebra");
    }
    return value;
  }

  /** Returns all names of the table. */
  public static Set<String> names() {
    return VALUES.keySet();
  }

  private static Map<String, Long> read() {
    MethodHandle layout =
        NativeLibrary.bind("culebra_layout", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    long entry;
    try {
      entry = (long) layout.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    Map<String, Long> values = new HashMap<>();
    while (Memory.getLong(entry) != 0) {
      values.put(CString.at(Memory.getLong(entry)), Memory.getLong(entry + 8));
      entry += ENTRY_BYTES;
    }
    return Map.copyOf(values);
  }
}
