package systems.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server for each test, and a client that says lines and reads replies as short text: {@code OK},
 * {@code :1}, {@code nil}, {@code [a, b]}, {@code -ERR ...}. A word in a line is what stands
 * between two spaces.
 */
abstract class Dialogue {
  @TempDir static Path folder;
  Ours server;
  Wire wire;

  @BeforeEach
  void start() throws Exception {
    server = Ours.start(folder);
    wire = server.connect();
  }

  @AfterEach
  void stop() throws Exception {
    if (wire != null) {
      wire.close();
    }
    if (server != null) {
      server.close();
    }
  }

  /** What the server answers to a line. */
  String say(String line) throws IOException {
    return call(wire, line.split(" "));
  }

  static String call(Wire wire, String... words) throws IOException {
    return shown(wire.call(words));
  }

  /** Says the line; the message of a failure begins with why the answer must be this one. */
  void expect(String why, String line, String answer) throws IOException {
    assertThat(say(line)).as("%s: %s", why, line).isEqualTo(answer);
  }

  /** A reply of the second protocol as short text. */
  static String shown(String reply) {
    var text = new StringBuilder();
    shown(reply, 0, text);
    return text.toString();
  }

  private static int shown(String reply, int from, StringBuilder text) {
    int line = reply.indexOf("\r\n", from);
    String head = reply.substring(from + 1, line);
    int at = line + 2;
    switch (reply.charAt(from)) {
      case '+' -> text.append(head);
      case '$' -> {
        int length = Integer.parseInt(head);
        text.append(length < 0 ? "nil" : reply.substring(at, at + length));
        at += length < 0 ? 0 : length + 2;
      }
      case '*' -> {
        int count = Integer.parseInt(head);
        text.append(count < 0 ? "nil" : "[");
        for (int i = 0; i < count; i++) {
          text.append(i == 0 ? "" : ", ");
          at = shown(reply, at, text);
        }
        text.append(count < 0 ? "" : "]");
      }
      default -> text.append(reply, from, line);
    }
    return at;
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
