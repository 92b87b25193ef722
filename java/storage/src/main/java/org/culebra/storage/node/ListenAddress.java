package org.culebra.storage.node;

import java.nio.file.Path;

/** Where a storage node listens: {@code unix:PATH} or {@code HOST:PORT}. */
public sealed interface ListenAddress {
  /** A unix socket. */
  record Unix(Path path) implements ListenAddress {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** A TCP port; 0 takes any that is free. */
  record Tcp(String host, int port) implements ListenAddress {
    @Override
    public String toString() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /**
   * Reads an address; an IPv6 address stands in brackets.
   *
   * @throws IllegalArgumentException with one line that has the value and the rule it breaks
   */
  static ListenAddress parse(String text) {
    String unix = "unix:";
    if (text.startsWith(unix) && text.length() > unix.length()) {
      return new Unix(Path.of(text.substring(unix.length())));
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      host = "";
    }
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new IllegalArgumentException(
          text + ": must be unix:PATH or HOST:PORT, with a port of 0 to 65535");
    }
    return new Tcp(host, Integer.parseInt(port));
  }
}
