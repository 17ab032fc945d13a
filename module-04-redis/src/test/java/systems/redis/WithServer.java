package systems.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server and two connections, for tests that see no more of it than a client does. Replies are
 * shown in one line: {@code [a, 1, nil]}, {@code {k: v}}, {@code -ERR ...}, {@code >[message,
 * ...]}.
 */
public abstract class WithServer {
  private static final String END = "<end>";

  @TempDir protected Path folder;
  protected Ours server;
  protected Wire a;
  protected Wire b;

  @BeforeEach
  void begin() throws Exception {
    server = Ours.start(folder, settings());
    a = server.connect();
    b = server.connect();
  }

  @AfterEach
  void end() throws Exception {
    a.close();
    b.close();
    server.close();
  }

  /** Lines of redis.conf. */
  protected String[] settings() {
    return new String[0];
  }

  /** Sends a request and shows its reply. */
  protected static String ask(Wire wire, String... words) throws IOException {
    return shown(wire.call(words));
  }

  /** The words, parted by single spaces. */
  protected static String say(Wire wire, String line) throws IOException {
    return ask(wire, line.split(" "));
  }

  /** What has come to the connection without being asked for, in its order. */
  protected static List<String> pushed(Wire wire) throws IOException {
    List<String> all = new ArrayList<>();
    wire.send("PING", END);
    for (String reply = shown(wire.reply()); !reply.contains(END); reply = shown(wire.reply())) {
      all.add(reply);
    }
    return all;
  }

  /** Waits until the condition holds. */
  protected static void until(String what, Callable<Boolean> condition) throws Exception {
    Patience.until(what, condition);
  }

  /** A field of INFO. */
  protected static String info(Wire wire, String field) throws IOException {
    return wire.call("INFO", "everything")
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1))
        .findFirst()
        .orElse("");
  }

  /** Milliseconds of the server's clock. */
  protected static long time(Wire wire) throws IOException {
    String[] parts = wire.call("TIME").split("\r\n");
    return Long.parseLong(parts[2]) * 1000 + Long.parseLong(parts[4]) / 1000;
  }

  /** Waits until a key of this life time is over, without looking at any key. */
  protected static void untilPassed(Wire wire, long millis) throws Exception {
    until("the clock passes " + millis, () -> time(wire) > millis + 1);
  }

  /** A reply of the wire in one line. */
  protected static String shown(String reply) {
    return new Shown(reply).next();
  }

  private static final class Shown {
    private final String reply;
    private int at;

    Shown(String reply) {
      this.reply = reply;
    }

    private String line() {
      int end = reply.indexOf("\r\n", at);
      String line = reply.substring(at, end);
      at = end + 2;
      return line;
    }

    String next() {
      String line = line();
      String rest = line.substring(1);
      return switch (line.charAt(0)) {
        case '+', ':', ',', '#' -> rest;
        case '-' -> line;
        case '_' -> "nil";
        case '$' -> rest.equals("-1") ? "nil" : text(Integer.parseInt(rest));
        case '=' -> text(Integer.parseInt(rest)).substring(4);
        case '*' -> rest.equals("-1") ? "nil" : "[" + joined(Integer.parseInt(rest)) + "]";
        case '~' -> "(" + joined(Integer.parseInt(rest)) + ")";
        case '>' -> ">[" + joined(Integer.parseInt(rest)) + "]";
        case '%' -> "{" + pairs(Integer.parseInt(rest)) + "}";
        default -> throw new AssertionError("no reply begins like this: " + line);
      };
    }

    private String text(int length) {
      String text = reply.substring(at, at + length);
      at += length + 2;
      return text;
    }

    private String joined(int count) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(next());
      }
      return String.join(", ", all);
    }

    private String pairs(int count) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String key = next();
        all.add(key + ": " + next());
      }
      return String.join(", ", all);
    }
  }
}
