package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.stream.IntStream;

/** Where the calling thread runs. */
public final class Threads {
  private static final int MASK_BYTES = 1024;
  private static final MethodHandle PIN =
      NativeLibrary.bind("culebra_pin", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle ALLOWED_CPUS =
      NativeLibrary.bind(
          "culebra_allowed_cpus", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));

  private Threads() {}

  /** Binds the calling thread, a platform thread, to one processor. */
  public static void pin(int cpu) throws LinuxException {
    int result;
    try {
      result = (int) PIN.invokeExact(cpu);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    LinuxException.check(result, "pin to cpu", cpu);
  }

  /** Returns the processors that the calling thread may run on, ascending. */
  public static int[] allowedCpus() throws LinuxException {
    try (NativeBuffer mask = NativeBuffer.allocate(MASK_BYTES, Long.BYTES)) {
      int result;
      try {
        result = (int) ALLOWED_CPUS.invokeExact(mask.address(), MASK_BYTES);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
      int bytes = LinuxException.check(result, "allowed cpus of", "this thread");
      return IntStream.range(0, bytes * Byte.SIZE)
          .filter(cpu -> (Memory.getByte(mask.address() + cpu / 8) >> (cpu % 8) & 1) == 1)
          .toArray();
    }
  }
}
