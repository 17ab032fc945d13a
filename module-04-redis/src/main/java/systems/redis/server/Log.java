package systems.redis.server;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * The server's log, in the form that people and tools know from Redis:
 *
 * <pre>
 *   PID:M 26 Nov 2026 15:43:03.123 * Ready to accept connections
 * </pre>
 *
 * <p>Any thread. Goes to standard output, or to {@code logfile}.
 */
public final class Log {
  private static final List<String> LEVELS = List.of("debug", "verbose", "notice", "warning");
  private static final String SIGNS = ".-*#";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd MMM yyyy HH:mm:ss.SSS", Locale.ROOT);

  private final PrintStream out = System.out;
  private final long pid = ProcessHandle.current().pid();
  private volatile int level = 2;
  private volatile String file = "";
  private volatile char role = 'M';

  void level(String name) {
    level = LEVELS.indexOf(name);
  }

  void file(String path) {
    file = path;
  }

  void role(char letter) {
    role = letter;
  }

  public void debug(String text) {
    write(0, text);
  }

  public void verbose(String text) {
    write(1, text);
  }

  public void notice(String text) {
    write(2, text);
  }

  public void warn(String text) {
    write(3, text);
  }

  /** With the stack trace, since it is our bug. */
  public void warn(String text, Throwable bug) {
    var lines = new java.io.StringWriter();
    bug.printStackTrace(new java.io.PrintWriter(lines));
    write(3, text + ": " + lines);
  }

  private synchronized void write(int at, String text) {
    if (at < level) {
      return;
    }
    String line =
        pid
            + ":"
            + role
            + " "
            + TIME.format(ZonedDateTime.now(ZoneId.systemDefault()))
            + " "
            + SIGNS.charAt(at)
            + " "
            + text;
    if (file.isEmpty()) {
      out.println(line);
      out.flush();
      return;
    }
    try {
      Files.writeString(
          Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the log " + file, e);
    }
  }
}
