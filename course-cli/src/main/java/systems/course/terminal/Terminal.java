package systems.course.terminal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;

/**
 * Where a command reads and writes.
 *
 * <p>{@code interactive} means that a person sits at both ends: only then does a demo wait for
 * Enter, and only then are there bold letters.
 */
public record Terminal(Reader in, PrintStream out, PrintStream err, boolean interactive) {
  /** This process's own; a JVM whose streams are redirected may have no console at all. */
  @SuppressWarnings("SystemConsoleNull")
  public static Terminal ofProcess() {
    var console = System.console();
    boolean interactive = console != null && console.isTerminal();
    var in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
    return new Terminal(in, System.out, System.err, interactive);
  }

  /** Waits for the end of a line. False when the person typed {@code q} or the input has ended. */
  public boolean awaitEnter() {
    try {
      int first = in.read();
      for (int c = first; c != '\n' && c != -1; ) {
        c = in.read();
      }
      return first != 'q' && first != -1;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read from the terminal", e);
    }
  }

  public String bold(String text) {
    return coloured() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  public String faint(String text) {
    return coloured() ? "\u001b[2m" + text + "\u001b[0m" : text;
  }

  private boolean coloured() {
    return interactive && System.getenv("NO_COLOR") == null;
  }
}
