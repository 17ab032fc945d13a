package systems.course.check;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;

/** Verdicts as a person would tell them. */
final class PlainWords {
  private static final Pattern WORD_START =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])|_+");
  private static final Pattern TODO =
      Pattern.compile("UnsupportedOperationException: (phase (\\d+): [^\\n]*)");

  /** Some assertions put a whole stack trace into their text. */
  private static final Pattern STACK_LINE =
      Pattern.compile("\\s*(?:at \\S+\\(.*\\)|\\.\\.\\. ?\\(?\\d+ .*)");

  private static final String NOTHING_THROWN = "Expecting code to raise a throwable.";
  private static final int MESSAGE_CHARS_MAX = 1_200;
  private static final int MESSAGE_LINES_MAX = 12;

  /** A stub that is not written yet, and what it asks. */
  record Todo(int phase, String question) {}

  private PlainWords() {}

  /**
   * {@code tornTailIsCutAtTheLastGoodRecord} becomes "torn tail is cut at the last good record".
   */
  static String sentence(String method) {
    var words = new StringBuilder();
    for (String word : WORD_START.split(method)) {
      boolean acronym = word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
      words.append(words.isEmpty() ? "" : " ");
      words.append(acronym ? word : word.toLowerCase(Locale.ROOT));
    }
    return words.toString();
  }

  /** The test's own name where its author gave one, else its method's as a sentence. */
  static String name(Verdict verdict) {
    String shown = verdict.displayName();
    boolean given = !shown.startsWith(verdict.method()) && shown.indexOf(' ') > 0;
    return given ? shown : sentence(verdict.method());
  }

  /** Whether a test failed since something is not written yet. */
  static Optional<Todo> todo(Verdict verdict) {
    Failure failure = verdict.failure();
    if (failure == null || !verdict.failed()) {
      return Optional.empty();
    }
    Matcher stub = TODO.matcher(simple(failure.type()) + ": " + failure.message());
    return stub.find()
        ? Optional.of(new Todo(Integer.parseInt(stub.group(2)), question(stub.group(1))))
        : Optional.empty();
  }

  private static String question(String text) {
    return text.substring(text.indexOf(':') + 1).strip();
  }

  /** What happened, where expected and got do not tell it already. */
  static String whatHappened(Verdict verdict) {
    Failure failure = verdict.failure();
    if (failure == null) {
      return "";
    }
    return switch (verdict.outcome()) {
      case TIMED_OUT ->
          "It did not end: %s. Is there a loop that never ends, or a wait that nobody ends?"
              .formatted(failure.message());
      case EXITED -> exited(failure);
      case OUT_OF_MEMORY ->
          "It asked for more memory than a test may have (%s).".formatted(failure.message());
      case PASSED, FAILED, ABORTED, SKIPPED -> thrown(failure);
    };
  }

  private static String exited(Failure failure) {
    String what =
        failure.type().endsWith("System.exit")
            ? "The code called System.exit"
            : "The code ended the whole JVM";
    return "%s: %s. Throw an exception instead.".formatted(what, failure.message());
  }

  private static String thrown(Failure failure) {
    String message = shortened(failure.message());
    if (message.endsWith(NOTHING_THROWN)) {
      return message.replace(NOTHING_THROWN, "It should have thrown an exception, and did not.");
    }
    if (isAssertion(failure.type())) {
      return failure.expected() == null ? message : description(message);
    }
    if (failure.type().equals("java.lang.StackOverflowError")) {
      return "A method calls itself without end (StackOverflowError).";
    }
    String type = simple(failure.type());
    return message.isEmpty()
        ? "It threw " + type + "."
        : "It threw %s: %s".formatted(type, message);
  }

  private static boolean isAssertion(String type) {
    return type.endsWith("AssertionFailedError")
        || type.endsWith("AssertionError")
        || type.endsWith("AssertionErrorWithFacts")
        || type.endsWith("MultipleFailuresError");
  }

  /**
   * What stands before "expected: ..." in an assertion's text: what its author wrote for people.
   */
  private static String description(String message) {
    int end = message.length();
    for (String mark : new String[] {"\nexpected:", "\nExpecting", "expected:", "Expecting"}) {
      int at = message.indexOf(mark);
      end = at >= 0 ? Math.min(end, at) : end;
    }
    var told = new StringBuilder(message.substring(0, end).strip());
    int example = message.indexOf("smallest example that fails: ");
    if (example > 0) {
      told.append(told.isEmpty() ? "" : "\n").append(message.substring(example));
    }
    String text = told.toString();
    return text.endsWith("==>") ? text.substring(0, text.length() - 3).strip() : text;
  }

  private static String shortened(String message) {
    String[] lines =
        message.lines().filter(line -> !STACK_LINE.matcher(line).matches()).toArray(String[]::new);
    var kept = new StringBuilder();
    for (int i = 0; i < lines.length && i < MESSAGE_LINES_MAX; i++) {
      kept.append(i == 0 ? "" : "\n").append(lines[i]);
    }
    if (kept.length() > MESSAGE_CHARS_MAX) {
      return kept.substring(0, MESSAGE_CHARS_MAX) + " ...";
    }
    return lines.length > MESSAGE_LINES_MAX ? kept + "\n..." : kept.toString();
  }

  static String simple(@Nullable String type) {
    String name = type == null ? "" : type;
    return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
  }

  /** "1 test", "2 tests". */
  static String counted(long count, String noun) {
    return count == 1 ? "1 " + noun : "%d %ss".formatted(count, noun);
  }
}
