package org.culebra.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * Memory outside the Java heap that is given back: zeroed, aligned, at a fixed address.
 *
 * <p>Any thread may use and close it; who closes it knows that nobody, the kernel included, uses it
 * any more. A buffer that is never closed stays allocated.
 */
public final class NativeBuffer implements AutoCloseable {
  private static final MethodHandle ALLOCATE =
      NativeLibrary.bind(
          "culebra_allocate", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE =
      NativeLibrary.bind("culebra_free", FunctionDescriptor.ofVoid(JAVA_LONG));

  private final long sizeBytes;
  private long address;

  private NativeBuffer(long address, long sizeBytes) {
    this.address = address;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Allocates zeroed memory.
   *
   * @param sizeBytes above 0
   * @param alignmentBytes a power of two
   * @throws OutOfMemoryError when the system has none
   */
  public static NativeBuffer allocate(long sizeBytes, long alignmentBytes) {
    assert sizeBytes > 0 : sizeBytes;
    assert Long.bitCount(alignmentBytes) == 1 : alignmentBytes;
    long address;
    try {
      address = (long) ALLOCATE.invokeExact(sizeBytes, alignmentBytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (address < 0) {
      throw new OutOfMemoryError("allocate " + sizeBytes + " bytes: " + Errno.name((int) -address));
    }
    return new NativeBuffer(address, sizeBytes);
  }

  /** Returns where it begins; not to be asked for once it is closed. */
  public long address() {
    assert address != 0 : "closed";
    return address;
  }

  /** Returns how large it is. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Gives the memory back; a second time it does nothing. */
  @Override
  public void close() {
    long closing = address;
    address = 0;
    if (closing != 0) {
      try {
        FREE.invokeExact(closing);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
