package org.culebra.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetUriTest {
  @ParameterizedTest
  @CsvSource({
    "512, 512",
    "1K, 1024",
    "4k, 4096",
    "3M, 3145728",
    "2G, 2147483648",
    "1T, 1099511627776"
  })
  void shouldReadSizes(String size, long bytes) {
    assertEquals(new TargetUri.Null(bytes), TargetUri.parse("null:" + size));
    assertEquals(new TargetUri.Memory(bytes), TargetUri.parse("memory:" + size));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.img", "/var/x:y", "./null:1", "a b", "dir/nbd:1", "x@y"})
  void shouldTakeAnythingElseAsAPath(String text) {
    assertEquals(new TargetUri.File(Path.of(text)), TargetUri.parse(text));
  }

  // The table of "NBD URI export name", and hosts as RFC 3986 has them.
  @ParameterizedTest
  @CsvSource({
    "nbd://example.com/disk, example.com, 10809, disk",
    "nbd://example.com/, example.com, 10809, ''",
    "nbd://example.com, example.com, 10809, ''",
    "nbd://example.com//disk, example.com, 10809, /disk",
    "nbd://example.com/hello%20world, example.com, 10809, hello world",
    "nbd://example.com:1/a+b, example.com, 1, a+b",
    "nbd://example.com:/x, example.com, 10809, x",
    "NBD://127.0.0.1:65535/x, 127.0.0.1, 65535, x",
    "nbd://[::1]/x, ::1, 10809, x",
    "nbd://[fe80::1%25eth0]:99/x, fe80::1%eth0, 99, x",
    "nbd://h/%E2%82%AC%3F, h, 10809, €?"
  })
  void shouldReadTcpTargets(String text, String host, int port, String export) {
    assertEquals(new TargetUri.NbdTcp(host, port, export), TargetUri.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "nbd+unix:///disk?socket=sock, sock, disk",
    "nbd+unix:///?socket=/run/n.sock, /run/n.sock, ''",
    "nbd+unix://?socket=/run/n.sock, /run/n.sock, ''",
    "nbd+unix:////a?socket=/x%26y, /x&y, /a",
    "nbd+unix:///a%2Fb?socket=/x%3d, /x=, a/b"
  })
  void shouldReadUnixTargets(String text, String socket, String export) {
    assertEquals(new TargetUri.NbdUnix(Path.of(socket), export), TargetUri.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nbd://example.com/disk",
        "nbd://[::1]:7/a%20b",
        "nbd+unix:///a%3Fb?socket=/x%26y",
        "nbd://[fe80::1%25eth0]/",
        "null:512",
        "memory:4096",
        "/a/path"
      })
  void shouldPrintWhatItReads(String text) {
    assertEquals(TargetUri.parse(text), TargetUri.parse(TargetUri.parse(text).toString()));
    assertEquals(text, TargetUri.parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null: | size \"\": must be digits",
        "null:1X | size \"1X\": must be digits",
        "null:-1 | must be digits",
        "null:0 | must be above 0",
        "memory:9223372036854775808 | below 2^63",
        "memory:8388608T | below 2^63",
        "nbds://h/x | TLS isn't supported yet",
        "nbds+unix:///x?socket=s | TLS isn't supported yet",
        "nbd://h/x?tls-type=x509 | TLS isn't supported yet",
        "nbd://u@h/x | user name",
        "nbd:///x | host is missing",
        "nbd:unix:/s | nbd+unix:///EXPORT",
        "nbd://h:0/x | port 0: must be 1 to 65535",
        "nbd://h:65536/x | port 65536",
        "nbd://h:1a/x | port \"1a\"",
        "nbd://[::1/x | must end in",
        "nbd://[h]/x | must be an IPv6 address",
        "nbd://h/x%2 | two hexadecimal digits",
        "nbd://h/%ff | must be UTF-8",
        "nbd://h/x%00 | NUL",
        "nbd://h/x#y | fragment",
        "nbd://h/x?socket=s | belongs to nbd+unix",
        "nbd+unix:///x | must name the unix socket",
        "nbd+unix:///x?socket= | must name the unix socket",
        "nbd+unix:///x?socket=%00a | abstract",
        "nbd+unix:///x?socket=a&socket=b | once",
        "nbd+unix:///x?sock=a | parameter \"sock\": must be socket",
        "nbd+unix://h/x?socket=s | \"h\"",
        "iscsi://h/x | scheme \"iscsi\""
      })
  void shouldRefuseWithTheValueAndTheRule(String text, String rule) {
    var e = assertThrows(IllegalArgumentException.class, () -> TargetUri.parse(text));
    assertTrue(e.getMessage().startsWith(text), e.getMessage());
    assertTrue(e.getMessage().contains(rule), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void shouldRefuseAnEmptyTargetAndALongExportName() {
    assertThrows(IllegalArgumentException.class, () -> TargetUri.parse(""));
    // 4097 bytes are one more than a string of the protocol has at most.
    String name = "x".repeat(4097);
    var e = assertThrows(IllegalArgumentException.class, () -> TargetUri.parse("nbd://h/" + name));
    assertTrue(e.getMessage().contains("4097 bytes: must be at most 4096"), e.getMessage());
  }
}
