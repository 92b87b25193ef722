package org.culebra.storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/** The reading side of {@link TargetUri}; the rules of NBD URIs are those of "NBD URI". */
final class TargetUriParser {
  private static final int EXPORT_BYTES_MAX = 4096; // NBD: Conventions, strings
  private static final int PORT_MAX = 65535;
  private static final String SCHEME = "[A-Za-z][A-Za-z0-9+.-]*";

  private final String whole;

  private TargetUriParser(String whole) {
    this.whole = whole;
  }

  static TargetUri parse(String text) {
    return new TargetUriParser(text).target();
  }

  private TargetUri target() {
    if (whole.isEmpty()) {
      throw new IllegalArgumentException("target \"\": must be a path or a URI");
    }
    int colon = whole.indexOf(':');
    String scheme = colon < 0 ? "" : whole.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = whole.substring(colon + 1);
    return switch (scheme) {
      case "null" -> new TargetUri.Null(Sizes.parse(rest, whole));
      case "memory" -> new TargetUri.Memory(Sizes.parse(rest, whole));
      case "nbd" -> tcp(hierarchical(rest));
      case "nbd+unix" -> unix(hierarchical(rest));
      case "nbds", "nbds+unix" -> throw wrong("TLS isn't supported yet");
      default -> {
        if (rest.startsWith("//") && scheme.matches(SCHEME)) {
          throw wrong(
              "scheme \""
                  + scheme
                  + "\": must be null, memory, nbd or nbd+unix, or none for a path");
        }
        yield new TargetUri.File(path(whole));
      }
    };
  }

  private String hierarchical(String rest) {
    if (!rest.startsWith("//")) {
      throw wrong("must be nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH");
    }
    if (rest.indexOf('#') >= 0) {
      throw wrong("\"#\": a fragment has no meaning; within a name it is written %23");
    }
    return rest.substring(2);
  }

  private TargetUri tcp(String rest) {
    int query = rest.indexOf('?');
    String socket = query < 0 ? null : socket(rest.substring(query + 1));
    if (socket != null) {
      throw wrong("parameter \"socket\": belongs to nbd+unix");
    }
    String before = query < 0 ? rest : rest.substring(0, query);
    int slash = before.indexOf('/');
    String authority = slash < 0 ? before : before.substring(0, slash);
    String export = export(slash < 0 ? "" : before.substring(slash + 1));
    if (authority.indexOf('@') >= 0) {
      throw wrong("a user name is for TLS, which isn't supported yet");
    }
    int hostEnd = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
    if (authority.startsWith("[") && hostEnd == 0) {
      throw wrong("an IPv6 address must end in \"]\"");
    }
    String host = hostEnd < 0 ? authority : authority.substring(0, hostEnd);
    return new TargetUri.NbdTcp(host(host), port(authority.substring(host.length())), export);
  }

  private String host(String text) {
    if (text.startsWith("[")) {
      String literal = PercentCodec.decode(text.substring(1, text.length() - 1), whole);
      if (!literal.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?")) {
        throw wrong("\"" + text + "\": must be an IPv6 address");
      }
      return literal;
    }
    String host = PercentCodec.decode(text, whole);
    if (host.isEmpty()) {
      throw wrong("a host is missing; for a unix socket it is nbd+unix:///EXPORT?socket=PATH");
    }
    return host;
  }

  private int port(String text) {
    if (text.isEmpty() || text.equals(":")) {
      return TargetUri.NBD_PORT;
    }
    if (!text.matches(":[0-9]{1,5}")) {
      throw wrong("port \"" + text.replaceFirst("^:", "") + "\": must be 1 to " + PORT_MAX);
    }
    int port = Integer.parseInt(text.substring(1));
    if (port < 1 || port > PORT_MAX) {
      throw wrong("port " + port + ": must be 1 to " + PORT_MAX);
    }
    return port;
  }

  private TargetUri unix(String rest) {
    int query = rest.indexOf('?');
    String before = query < 0 ? rest : rest.substring(0, query);
    String socket = query < 0 ? null : socket(rest.substring(query + 1));
    int slash = before.indexOf('/');
    if (slash > 0 || (slash < 0 && !before.isEmpty())) {
      String host = slash < 0 ? before : before.substring(0, slash);
      throw wrong(
          "\"" + host + "\": nbd+unix has no host, so three slashes come before the export");
    }
    if (socket == null || socket.isEmpty()) {
      throw wrong("parameter \"socket\": must name the unix socket");
    }
    if (socket.charAt(0) == '\0') {
      throw wrong("parameter \"socket\": abstract sockets aren't supported");
    }
    return new TargetUri.NbdUnix(path(socket), export(slash < 0 ? "" : before.substring(1)));
  }

  private String export(String text) {
    String export = PercentCodec.decode(text, whole);
    int bytes = export.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > EXPORT_BYTES_MAX) {
      throw wrong("export name of " + bytes + " bytes: must be at most " + EXPORT_BYTES_MAX);
    }
    if (export.indexOf('\0') >= 0) {
      throw wrong("export name: must not contain NUL");
    }
    return export;
  }

  /** Returns the decoded socket parameter, or null; anything else in a query is refused. */
  private String socket(String query) {
    String socket = null;
    for (String parameter : query.split("&")) {
      int equals = parameter.indexOf('=');
      String key =
          PercentCodec.decode(equals < 0 ? parameter : parameter.substring(0, equals), whole);
      if (key.startsWith("tls-")) {
        throw wrong("parameter \"" + key + "\": TLS isn't supported yet");
      }
      if (!key.equals("socket")) {
        throw wrong("parameter \"" + key + "\": must be socket");
      }
      if (socket != null) {
        throw wrong("parameter \"socket\": must be given once");
      }
      socket = equals < 0 ? "" : PercentCodec.decode(parameter.substring(equals + 1), whole);
    }
    return socket;
  }

  private Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(whole + ": must be a path without NUL", e);
    }
  }

  private IllegalArgumentException wrong(String rule) {
    return new IllegalArgumentException(whole + ": " + rule);
  }
}
