package systems.net.web;

import java.nio.charset.StandardCharsets;
import java.util.List;
import systems.net.http.Handler;
import systems.net.http.Limits;
import systems.net.http.MemoryTransport;
import systems.net.http.ServerConnection;
import systems.net.http.ServerStats;
import systems.net.http.Timeouts;
import systems.net.http.VirtualLoop;

/** A handler behind one connection, in memory and in virtual time; the test is the client. */
final class Stand {
  /**
   * A response.
   *
   * @param head its lines, the first one with the status
   * @param body its bytes as characters, chunks taken apart
   */
  record Answer(int status, List<String> head, String body) {
    /** Values of all fields of this name, with commas; empty if there is none. */
    String field(String name) {
      return head.stream()
          .skip(1)
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .reduce((a, b) -> a + ", " + b)
          .orElse("");
    }

    byte[] bytes() {
      return body.getBytes(StandardCharsets.ISO_8859_1);
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }
  }

  final VirtualLoop loop = new VirtualLoop();
  final MemoryTransport peer;

  Stand(Handler handler) {
    var connection = new ServerConnection(handler, Limits.USUAL, Timeouts.USUAL, new ServerStats());
    peer = new MemoryTransport(loop, connection);
  }

  /** A request without a body, and its answer. Fields as they stand on their lines. */
  Answer ask(String method, String target, String... fields) {
    return tell(method, target, "", fields);
  }

  Answer get(String target, String... fields) {
    return tell("GET", target, "", fields);
  }

  /** A request with a body, and its answer. */
  Answer tell(String method, String target, String body, String... fields) {
    peer.take();
    send(method, target, body, fields);
    return parse(peer.text(), method.equals("HEAD"));
  }

  /** Sends a request and leaves what comes with the peer. */
  void send(String method, String target, String body, String... fields) {
    var request = new StringBuilder();
    request.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: a.example\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    if (!body.isEmpty()) {
      request.append("Content-Length: ").append(body.length()).append("\r\n");
    }
    peer.send(request.append("\r\n").append(body).toString());
    if (peer.thrown() != null) {
      throw new AssertionError("the connection threw", peer.thrown());
    }
  }

  static Answer parse(String text, boolean toHead) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new AssertionError("no whole head in: " + text);
    }
    List<String> head = List.of(text.substring(0, end).split("\r\n"));
    int status = Integer.parseInt(head.getFirst().substring(9, 12));
    var bare = new Answer(status, head, "");
    String rest = text.substring(end + 4);
    boolean isBodiless = toHead || status == 204 || status == 304 || status == 101;
    if (isBodiless) {
      return new Answer(status, head, rest);
    }
    if (bare.field("Transfer-Encoding").equals("chunked")) {
      return new Answer(status, head, chunks(rest));
    }
    int length = Integer.parseInt(bare.field("Content-Length"));
    if (rest.length() != length) {
      throw new AssertionError(length + " bytes were promised, " + rest.length() + " came");
    }
    return new Answer(status, head, rest);
  }

  /** Chunks put together, as far as they have come. */
  static String chunks(String text) {
    var body = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int line = text.indexOf("\r\n", at);
      int size = Integer.parseInt(text.substring(at, line), 16);
      body.append(text, line + 2, line + 2 + size);
      at = line + 2 + size + 2;
    }
    return body.toString();
  }
}
