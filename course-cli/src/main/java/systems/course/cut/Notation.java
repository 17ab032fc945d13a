package systems.course.cut;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a language writes a comment, and how it says that a body has yet to be written.
 *
 * <p>A language without a way to fail at run time (SQL, YAML) only gets the comment; where that
 * does not do, the marker brings its own stub ({@code with:}).
 */
enum Notation {
  JAVA("//", "throw new UnsupportedOperationException(", ");", "java"),
  KOTLIN("//", "throw UnsupportedOperationException(", ")", "kt"),
  TYPESCRIPT("//", "throw new Error(", ");", "ts tsx js mjs"),
  C("//", "(void)", "; abort();", "c h"),
  PYTHON("#", "raise NotImplementedError(", ")", "py"),
  SHELL("#", "echo ", " >&2; exit 70", "sh"),
  LUA("--", "error(", ")", "lua"),
  SQL("--", "", "", "sql"),
  TABLE("#", "", "", "yaml yml properties toml");

  private static final int COLUMNS_MAX = 100;

  /** How far the second line of one statement stands to the right, as google-java-format has it. */
  private static final String CONTINUATION = "    ";

  final String sign;
  private final String before;
  private final String after;
  private final String endings;

  Notation(String sign, String before, String after, String endings) {
    this.sign = sign;
    this.before = before;
    this.after = after;
    this.endings = " " + endings + " ";
  }

  /** The notation of a file, by the ending of its name; empty if it can carry no markers. */
  static Optional<Notation> of(Path file) {
    String name = file.getFileName().toString();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    for (Notation each : values()) {
      if (each.endings.contains(" " + ending + " ")) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** The question as a comment, and a statement that refuses with it. */
  List<String> refusal(String indentation, int phase, String question) {
    List<String> lines = todo(indentation, phase, question);
    if (!before.isEmpty()) {
      lines.addAll(statement(indentation, "phase %d: %s".formatted(phase, question)));
    }
    return lines;
  }

  /** The question as a comment, and the lines that the marker brings along. */
  List<String> standIn(String indentation, int phase, String question, String stub) {
    List<String> lines = todo(indentation, phase, question);
    lines.add(indentation + stub);
    return lines;
  }

  private List<String> todo(String indentation, int phase, String question) {
    String first = indentation + sign + " ";
    String text = "TODO phase %d: %s".formatted(phase, question);
    List<String> lines = new ArrayList<>();
    for (String part : parts(text, COLUMNS_MAX - first.length() - 2)) {
      lines.add(first + (lines.isEmpty() ? "" : "  ") + part);
    }
    return lines;
  }

  private List<String> statement(String indentation, String message) {
    String whole = indentation + before + quoted(message) + after;
    if (whole.length() <= COLUMNS_MAX || this == SHELL || this == C) {
      return List.of(whole);
    }
    String further = indentation + CONTINUATION;
    int room = COLUMNS_MAX - further.length() - after.length() - 2 * CONTINUATION.length();
    List<String> lines = new ArrayList<>(List.of(indentation + before));
    List<String> parts = parts(message, room);
    for (int i = 0; i < parts.size(); i++) {
      boolean last = i == parts.size() - 1;
      String operator = i == 0 ? "" : joined();
      lines.add(further + operator + quoted(parts.get(i) + (last ? "" : " ")));
    }
    lines.add(lines.removeLast() + after);
    return lines;
  }

  /** What stands between two parts of one text that do not fit into one line. */
  private String joined() {
    return switch (this) {
      case PYTHON -> "";
      case LUA -> ".. ";
      case JAVA, KOTLIN, TYPESCRIPT, C, SHELL, SQL, TABLE -> CONTINUATION + "+ ";
    };
  }

  private String quoted(String text) {
    return this == SHELL
        ? "'" + text.replace("'", "'\\''") + "'"
        : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** A text in pieces of at most so many characters, cut at blanks; a longer word stays whole. */
  private static List<String> parts(String text, int charsMax) {
    List<String> parts = new ArrayList<>();
    String rest = text;
    while (rest.length() > charsMax) {
      int cut = rest.lastIndexOf(' ', charsMax);
      if (cut <= 0) {
        cut = rest.indexOf(' ', charsMax);
      }
      if (cut < 0) {
        break;
      }
      parts.add(rest.substring(0, cut));
      rest = rest.substring(cut + 1);
    }
    parts.add(rest);
    return parts;
  }
}
