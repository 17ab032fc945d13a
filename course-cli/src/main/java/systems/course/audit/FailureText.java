package systems.course.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;

/**
 * What a test says when it fails, as a text that is the same on every machine and in every run.
 *
 * <p>Temporary folders, seeds of random runs, identity hashes and times vary without meaning; they
 * are replaced by words. What else varies is left: a test whose sentence differs from run to run is
 * no golden text, and {@link BugHunt} looks for another one.
 */
final class FailureText {
  private static final int LINES_MAX = 14;
  private static final int LINE_CHARS_MAX = 120;
  private static final int FIRST_LINE_CHARS_MAX = 160;

  /** What varies, and the word for it. */
  private record Variable(Pattern pattern, String word) {
    Variable(String pattern, String word) {
      this(Pattern.compile(pattern), word);
    }
  }

  private static final List<Variable> VARIABLES =
      List.of(
          new Variable("/\\S*?/junit-?\\d+(?=[/\\s:,)\\]\"']|$)", "DIR"),
          new Variable("(?:/[\\w.-]+)*/course-exam\\d+/room-\\d+", "TMP"),
          new Variable("\\b(seed|seed =|seed:) -?\\d+L?", "$1 N"),
          new Variable("@[0-9a-f]{5,8}\\b", "@N"),
          new Variable("(?<=Date: )[A-Z][a-z]{2}, [\\w: ]{20} GMT\\b", "DATE"),
          new Variable("\\baddress: ?(0x)?[0-9a-f]+", "address: N"),
          new Variable("\\b\\d+(\\.\\d+)? ?(ms|milliseconds|us|ns)\\b", "N $2"));

  /** Lines that only tell where the test itself stands; they move with every edit. */
  private static final Pattern STACK =
      Pattern.compile("\\s*(?:at \\S+\\(.*\\)|\\.\\.\\. ?\\(?\\d+ .*)");

  /** Begins the line that exam adds to the failure of a property. */
  private static final String EXAMPLE = "smallest example that fails:";

  private static final String PROPERTY =
      "(a property: the values and the example that it shows change from run to run)";

  private static final Pattern NUMBER = Pattern.compile("-?\\d+");

  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\uFFFD&&[^\\n\\t]]");

  private FailureText() {}

  /** All lines that matter, without what varies. */
  static List<String> lines(Verdict verdict) {
    List<String> lines =
        normalised(sentence(verdict))
            .lines()
            .map(String::stripTrailing)
            .filter(line -> !line.isBlank() && !STACK.matcher(line).matches())
            .map(FailureText::cut)
            .toList();
    if (lines.stream().anyMatch(line -> line.startsWith(EXAMPLE))) {
      return ofProperty(lines);
    }
    if (lines.size() <= LINES_MAX) {
      return lines;
    }
    List<String> shown = new ArrayList<>(lines.subList(0, LINES_MAX));
    shown.add("...");
    return shown;
  }

  /** Only what the author wrote stays the same from seed to seed. */
  private static List<String> ofProperty(List<String> lines) {
    List<String> shown = new ArrayList<>();
    lines.stream()
        .filter(line -> line.startsWith("["))
        .map(line -> NUMBER.matcher(line).replaceAll("N"))
        .forEach(shown::add);
    shown.add(PROPERTY);
    return shown;
  }

  /**
   * Whether the author's words may have other values in the next run, and other words with them.
   */
  static boolean isOfProperty(List<String> lines) {
    return !lines.isEmpty() && lines.getLast().equals(PROPERTY);
  }

  static String firstLine(Verdict verdict) {
    List<String> lines = lines(verdict);
    String whole = lines.isEmpty() ? verdict.outcome().name() : String.join(" ", lines).strip();
    return whole.length() <= FIRST_LINE_CHARS_MAX
        ? whole
        : whole.substring(0, FIRST_LINE_CHARS_MAX) + " ...";
  }

  static String normalised(String text) {
    String result = UNPRINTABLE.matcher(text).replaceAll("\u00b7");
    for (Variable variable : VARIABLES) {
      result = variable.pattern.matcher(result).replaceAll(variable.word);
    }
    return result;
  }

  /** The message of an assertion stands alone; that of any other exception needs its name. */
  private static String sentence(Verdict verdict) {
    Failure failure = verdict.failure();
    if (failure == null) {
      return switch (verdict.outcome()) {
        case PASSED -> "passes";
        case FAILED -> "fails without a message";
        case ABORTED, SKIPPED -> "is left out";
        case TIMED_OUT -> "does not end";
        case EXITED -> "ends the JVM";
        case OUT_OF_MEMORY -> "uses up the memory";
      };
    }
    if (isAssertion(failure)) {
      return failure.message();
    }
    return failure.message().isEmpty() ? failure.type() : failure.type() + ": " + failure.message();
  }

  static boolean isAssertion(Failure failure) {
    return failure.type().equals("java.lang.AssertionError")
        ? !failure.message().isEmpty()
        : failure.type().endsWith("AssertionFailedError")
            || failure.type().endsWith("AssertJMultipleFailuresError");
  }

  private static String cut(String line) {
    return line.length() <= LINE_CHARS_MAX ? line : line.substring(0, LINE_CHARS_MAX) + " ...";
  }
}
