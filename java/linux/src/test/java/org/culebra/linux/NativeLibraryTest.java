package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  private static final FunctionDescriptor INT = FunctionDescriptor.of(ValueLayout.JAVA_INT);

  @Test
  void shouldBindFunctionsOfOtherLibraries() throws Throwable {
    NativeLibrary libc = NativeLibrary.load("libc.so.6");
    int pid = (int) libc.find("getpid", INT).invokeExact();
    assertEquals(ProcessHandle.current().pid(), pid);
    UnsatisfiedLinkError e =
        assertThrows(UnsatisfiedLinkError.class, () -> libc.find("no_such", INT));
    assertEquals("libc.so.6: no function no_such", e.getMessage());
  }

  @Test
  void shouldNameALibraryThatTheSystemLacks() {
    LinuxException e =
        assertThrows(LinuxException.class, () -> NativeLibrary.load("libnosuch.so.9"));
    assertEquals(
        "load libnosuch.so.9: ELIBACC (Can not access a needed shared library)", e.getMessage());
  }

  @Test
  void shouldNameAFunctionThatLibculebraLacks() {
    UnsatisfiedLinkError e =
        assertThrows(UnsatisfiedLinkError.class, () -> NativeLibrary.bind("no_such", INT));
    assertEquals("libculebra.so: no function no_such", e.getMessage());
  }

  @Test
  void shouldLoadOutOfAJarAndLeaveNoFileBehind(@TempDir Path directory) throws IOException {
    String resource = "native/" + NativeLibrary.architecture() + "/libculebra.so";
    Path jar = directory.resolve("x.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        InputStream library = NativeLibrary.class.getResourceAsStream("/" + resource)) {
      entries.putNextEntry(new JarEntry(resource));
      library.transferTo(entries);
    }
    URL url = URI.create("jar:" + jar.toUri() + "!/" + resource).toURL();
    List<Path> before = extracted();
    assertTrue(NativeLibrary.extractAndLoad(url).find("culebra_abi").isPresent());
    assertEquals(before, extracted());
  }

  private static List<Path> extracted() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("libculebra-")).toList();
    }
  }
}
