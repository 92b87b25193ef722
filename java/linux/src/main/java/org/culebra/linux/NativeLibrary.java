package org.culebra.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A shared library and the functions in it; the one place that binds native code.
 *
 * <p>libculebra lies beside the classes under {@code native/ARCH/}: loaded where it stands when
 * that is a file, else through a temporary file that is gone again once it is loaded. It lives as
 * long as the process.
 */
@SuppressWarnings("restricted")
public final class NativeLibrary {
  private static final int ABI = 3;
  private static final SymbolLookup CULEBRA = loadCulebra();

  private final String soname;
  private final SymbolLookup lookup;

  private NativeLibrary(String soname, SymbolLookup lookup) {
    this.soname = soname;
    this.lookup = lookup;
  }

  /**
   * Binds a function of libculebra.
   *
   * @throws UnsatisfiedLinkError when there is none of that name
   */
  public static MethodHandle bind(String symbol, FunctionDescriptor descriptor) {
    return link(CULEBRA, "libculebra.so", symbol, descriptor);
  }

  /**
   * Loads a library of the system for as long as the process lives.
   *
   * @param soname its name with the version, {@code librbd.so.1}, or a path
   * @throws LinuxException ELIBACC when the system has no such library
   */
  public static NativeLibrary load(String soname) throws LinuxException {
    try {
      return new NativeLibrary(soname, SymbolLookup.libraryLookup(soname, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new LinuxException("load " + soname, Errno.ELIBACC, e);
    }
  }

  /**
   * Binds a function of this library.
   *
   * @throws UnsatisfiedLinkError when there is none of that name
   */
  public MethodHandle find(String symbol, FunctionDescriptor descriptor) {
    return link(lookup, soname, symbol, descriptor);
  }

  private static MethodHandle link(
      SymbolLookup lookup, String soname, String symbol, FunctionDescriptor descriptor) {
    MemorySegment address =
        lookup
            .find(symbol)
            .orElseThrow(() -> new UnsatisfiedLinkError(soname + ": no function " + symbol));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  /** Returns what the kernel calls the architecture of this machine. */
  static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("amd64") ? "x86_64" : name;
  }

  private static SymbolLookup loadCulebra() {
    String resource = "/native/" + architecture() + "/libculebra.so";
    URL url = NativeLibrary.class.getResource(resource);
    if (url == null) {
      throw new UnsatisfiedLinkError(
          resource + ": not in the class path: not built for this machine");
    }
    try {
      SymbolLookup lookup =
          url.getProtocol().equals("file")
              ? SymbolLookup.libraryLookup(Path.of(URI.create(url.toString())), Arena.global())
              : extractAndLoad(url, Path.of(System.getProperty("java.io.tmpdir")));
      checkAbi(lookup, resource);
      return lookup;
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  /** Loads a library out of a jar; the memory stays mapped when the file is gone. */
  static SymbolLookup extractAndLoad(URL url, Path directory) throws IOException {
    Path copy = Files.createTempFile(directory, "libculebra-", ".so");
    try (InputStream in = url.openStream()) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return SymbolLookup.libraryLookup(copy, Arena.global());
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private static void checkAbi(SymbolLookup lookup, String resource) {
    MethodHandle handle =
        link(lookup, resource, "culebra_abi", FunctionDescriptor.of(ValueLayout.JAVA_INT));
    int abi;
    try {
      abi = (int) handle.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (abi != ABI) {
      throw new UnsatisfiedLinkError(resource + ": interface " + abi + ": expected " + ABI);
    }
  }
}
