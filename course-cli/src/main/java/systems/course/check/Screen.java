package systems.course.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.course.exam.Compilation.Complaint;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/**
 * What a check prints.
 *
 * <pre>
 *   phase 1  [###########---------]  17 of 34  an append-only log with an index
 *
 *   phase 1: torn tail is cut at the last good record
 *     expected    got
 *     3           4
 *     in your code:  Recovery.cut, src/main/java/a/Recovery.java:42
 *
 *   Next: open src/main/java/a/Recovery.java:42, then `course check` again.
 * </pre>
 *
 * <p>All of it is ASCII and fits into the width. Only on a terminal does a line change while it
 * stands there; elsewhere no control character is written.
 */
final class Screen {
  private static final int WIDTH_CHARS_MAX = 100;
  private static final int WIDTH_CHARS_MIN = 30;
  private static final int BAR_CHARS = 20;
  private static final int BAR_CHARS_NARROW = 6;
  private static final int NARROW_CHARS = 60;
  private static final int TITLE_CHARS_MIN = 12;
  private static final int VALUE_LINES_MAX = 12;
  private static final int OUTPUT_LINES_MAX = 8;
  private static final int ERRORS_SHOWN_MAX = 3;
  private static final String INDENT = "  ";

  private final Terminal terminal;
  private final int width;

  Screen(Terminal terminal, int width) {
    this.terminal = terminal;
    this.width = Math.clamp(width, WIDTH_CHARS_MIN, WIDTH_CHARS_MAX);
  }

  /** The width of the person's window; 80 where nobody says. */
  static int widthOf(Terminal terminal) {
    String columns = System.getenv("COLUMNS");
    if (columns != null && columns.matches("[1-9]\\d{0,3}")) {
      return Integer.parseInt(columns);
    }
    return terminal.interactive() ? windowWidth() : 80;
  }

  private static int windowWidth() {
    try {
      var stty =
          new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      boolean known = stty.waitFor(2, TimeUnit.SECONDS) && size.matches("\\d+ [1-9]\\d{0,3}\\s*");
      return known ? Integer.parseInt(size.strip().split(" ")[1]) : 80;
    } catch (IOException e) {
      return 80;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 80;
    }
  }

  void line(String text) {
    terminal.out().println(text);
  }

  void heading(String text) {
    line(terminal.bold(text));
  }

  /** Words of several lines, each filled to the width. */
  void words(String text, String indent) {
    for (String line : text.split("\n", -1)) {
      if (line.isBlank()) {
        line("");
      } else if (line.startsWith(" ")) {
        line(indent + line);
      } else {
        // a list sign at its start would be taken for Markdown
        fill(line, indent);
      }
    }
  }

  private void fill(String text, String indent) {
    var line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && indent.length() + line.length() + 1 + word.length() > width) {
        line(indent + line);
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    line(indent + line);
  }

  /** Something that takes a while; gone when the next line comes. */
  void passing(String text) {
    if (terminal.interactive()) {
      terminal.out().print("\r\u001b[K" + cut(text, width - 1));
      terminal.out().flush();
    }
  }

  void passed() {
    if (terminal.interactive()) {
      terminal.out().print("\r\u001b[K");
    }
  }

  void running(Stage stage, int decided, long good, int planned) {
    passing(row(stage, good, planned) + (decided < planned ? " ..." : ""));
  }

  void result(Stage.Result result) {
    passed();
    String row = row(result.stage(), result.passed(), result.counted());
    int left = width - row.length() - 1;
    String title = left >= TITLE_CHARS_MIN ? " " + cut(result.stage().title(), left) : "";
    line((row + terminal.faint(title)).stripTrailing());
  }

  private String row(Stage stage, long good, long all) {
    boolean narrow = width < NARROW_CHARS;
    int bar = narrow ? BAR_CHARS_NARROW : BAR_CHARS;
    int filled = all == 0 ? bar : (int) (good * bar / all);
    return (narrow ? "  %-8s [%s%s] %d of %d" : "  %-8s [%s%s] %3d of %-4d")
        .formatted(stage.label(), "#".repeat(filled), "-".repeat(bar - filled), good, all);
  }

  /** Expected and got: in two columns where they fit, else one below the other. */
  void values(String expected, String actual) {
    int column = Math.max("expected".length(), longest(expected)) + 4;
    if (INDENT.length() + column + Math.max(3, longest(actual)) <= width) {
      columns(expected, actual, column);
    } else {
      stacked("expected", expected);
      stacked("got", actual);
    }
  }

  private void columns(String expected, String actual, int column) {
    line(INDENT + terminal.faint("expected" + " ".repeat(column - 8) + "got"));
    List<String> left = lines(expected);
    List<String> right = lines(actual);
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      String first = i < left.size() ? left.get(i) : "";
      String second = i < right.size() ? right.get(i) : "";
      line((INDENT + first + " ".repeat(column - first.length()) + second).stripTrailing());
    }
  }

  private void stacked(String label, String value) {
    line(INDENT + terminal.faint(label));
    int room = width - 2 * INDENT.length();
    for (String each : lines(value)) {
      for (int from = 0; from == 0 || from < each.length(); from += room) {
        line(INDENT + INDENT + each.substring(from, Math.min(each.length(), from + room)));
      }
    }
  }

  private static List<String> lines(String value) {
    List<String> lines = printable(value).lines().toList();
    if (lines.size() <= VALUE_LINES_MAX) {
      return lines;
    }
    List<String> kept = new ArrayList<>(lines.subList(0, VALUE_LINES_MAX));
    kept.add("... and %d lines more".formatted(lines.size() - VALUE_LINES_MAX));
    return kept;
  }

  private static int longest(String value) {
    return lines(value).stream().mapToInt(String::length).max().orElse(0);
  }

  /** What a test says or prints is shown, and does nothing to the terminal. */
  static String printable(String text) {
    var shown = new StringBuilder(text.length());
    text.chars()
        .forEach(c -> {
          if (c == '\n' || c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0)) {
            shown.append((char) c);
          } else if (c == '\t') {
            shown.append("  ");
          } else {
            shown.append("\\u%04x".formatted(c));
          }
        });
    return shown.toString();
  }

  private static String cut(String text, int charsMax) {
    return text.length() <= charsMax ? text : text.substring(0, Math.max(0, charsMax - 3)) + "...";
  }

  /** The first failing test: what it says, what happened, where. */
  void failure(Stage stage, Verdict verdict, @Nullable String inCode, @Nullable String inTest) {
    line("");
    heading("%s: %s".formatted(capital(stage.label()), printable(PlainWords.name(verdict))));
    Failure failure = verdict.failure();
    String happened = printable(PlainWords.whatHappened(verdict));
    if (!happened.isEmpty()) {
      words(happened, INDENT);
    }
    if (failure != null && failure.expected() != null && failure.actual() != null) {
      values(failure.expected(), failure.actual());
    }
    printed(verdict.output());
    if (inCode != null) {
      words("in your code: " + inCode, INDENT);
    }
    if (inTest != null) {
      words("in the test: " + inTest, INDENT);
    }
  }

  private void printed(String output) {
    List<String> lines = printable(output).strip().lines().toList();
    if (output.isBlank()) {
      return;
    }
    line(INDENT + terminal.faint("it printed"));
    for (String each : lines.subList(0, Math.min(lines.size(), OUTPUT_LINES_MAX))) {
      line(INDENT + INDENT + cut(each, width - 4));
    }
    if (lines.size() > OUTPUT_LINES_MAX) {
      line(INDENT + INDENT + "... and %d lines more".formatted(lines.size() - OUTPUT_LINES_MAX));
    }
  }

  /** What the compiler refuses, with the line itself and a mark below the place. */
  void complaints(List<Complaint> errors, Workspace workspace) {
    heading("It does not compile yet: %s.".formatted(PlainWords.counted(errors.size(), "error")));
    for (Complaint error : errors.subList(0, Math.min(errors.size(), ERRORS_SHOWN_MAX))) {
      complaint(error, workspace);
    }
    if (errors.size() > ERRORS_SHOWN_MAX) {
      line("  ... and %d more".formatted(errors.size() - ERRORS_SHOWN_MAX));
    }
  }

  private void complaint(Complaint error, Workspace workspace) {
    Path file = error.file();
    words(
        file == null
            ? printable(error.sentence())
            : "%s:%d: %s"
                .formatted(workspace.shown(file), error.line(), printable(error.sentence())),
        INDENT);
    if (file != null && error.line() > 0) {
      pointAt(file, error);
    }
  }

  private void pointAt(Path file, Complaint error) {
    try {
      List<String> lines = Files.readAllLines(file);
      if (error.line() > lines.size()) {
        return;
      }
      String source = lines.get(error.line() - 1);
      int start = source.length() - source.stripLeading().length();
      line("      " + cut(printable(source.strip()), width - 6));
      int mark = error.column() - 1 - start;
      if (mark >= 0 && mark < width - 6) {
        line("      " + " ".repeat(mark) + "^");
      }
    } catch (IOException e) {
      // the sentence has file and line already
    }
  }

  void next(String step) {
    line("");
    Prose.lines("Next: " + step, terminal, width).forEach(this::line);
  }

  static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
