package org.culebra.cli.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.culebra.cli.text.Json;

/** A client of the control socket; confined to one thread. */
public final class ControlClient implements AutoCloseable {
  private final Path path;
  private final SocketChannel channel;
  private final BufferedReader reader;
  private int nextId = 1;

  private ControlClient(Path path, SocketChannel channel) {
    this.path = path;
    this.channel = channel;
    this.reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  /**
   * Connects to a server.
   *
   * @throws IOException with the path and the reason
   */
  public static ControlClient connect(Path path) throws IOException {
    return new ControlClient(path, ControlSocket.connect(path));
  }

  /**
   * Runs a command and waits for its answer; events before it are passed over.
   *
   * @return what the command returned
   * @throws IOException with the server's words when the command was refused or failed
   */
  public JsonNode call(String command, ObjectNode arguments) throws IOException {
    int id = nextId++;
    ObjectNode request = Json.object().put("id", id).put("command", command);
    request.set("arguments", arguments);
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(Json.line(request) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    for (JsonNode line = read(); line != null; line = read()) {
      if (line.path("id").asInt(0) == id) {
        if (line.has("error")) {
          throw new IOException(line.path("error").path("desc").asText("error without a text"));
        }
        return line.path("return");
      }
    }
    throw new IOException("control " + path + ": closed before the answer to " + command);
  }

  /**
   * Waits for an event.
   *
   * @return its data, or null when the server closed before
   */
  public JsonNode awaitEvent(String event) throws IOException {
    for (JsonNode line = read(); line != null; line = read()) {
      if (line.path("event").asText().equals(event)) {
        return line.path("data");
      }
    }
    return null;
  }

  private JsonNode read() throws IOException {
    String line = reader.readLine();
    try {
      return line == null ? null : Json.parse(line);
    } catch (JsonProcessingException malformed) {
      throw new IOException("control " + path + ": answered no JSON: " + line);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
