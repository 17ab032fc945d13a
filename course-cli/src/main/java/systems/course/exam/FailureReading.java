package systems.course.exam;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.IncompleteExecutionException;
import org.opentest4j.MultipleFailuresError;
import org.opentest4j.ValueWrapper;
import systems.course.exam.Verdict.Outcome;

/**
 * Reads what a test threw: what was expected, what was there, where it came from.
 *
 * <p>Assertions that carry both values are asked for them. AssertJ's others say it in a text of a
 * fixed form, which is taken apart:
 *
 * <pre>
 *   Expecting actual:          or     Expecting empty but was: ["a"]
 *     "abc"
 *   to contain:
 *     "x"
 * </pre>
 *
 * <p>A class whose static initialiser failed throws the cause only once and afterwards a {@code
 * NoClassDefFoundError} that says no more than the name. One reading serves a whole sitting, and
 * remembers the causes.
 */
final class FailureReading {
  private static final int MESSAGE_CHARS_MAX = 16_000;
  private static final int VALUE_CHARS_MAX = 4_000;
  private static final int FRAMES_MAX = 40;
  private static final int CAUSES_MAX = 20;

  private static final Pattern ASSERTJ_BLOCKS =
      Pattern.compile("(?s).*?Expecting (?:actual|\\w+):?\\n((?:  .*?\\n)+)(\\S.*)");
  private static final Pattern ASSERTJ_BUT_WAS =
      Pattern.compile("(?s)\\s*(?:\\[.*?\\]\\s*)?Expecting (.+?) but was:? (.*)");

  /** A stack trace within a message names class loaders; ours have another name each time. */
  private static final Pattern LOADER = Pattern.compile("\\b(?:exam-\\d+|app|room)//");

  private static final Pattern SAMPLE =
      Pattern.compile(
          "(?s)(?:Shrunk Sample|Sample|Original Sample)[^\\n]*\\n-+\\n(.*?)(?:\\n\\s*\\n|\\z)");

  private final String loaderName;
  private @Nullable Failure firstInitialiser;

  FailureReading(String loaderName) {
    this.loaderName = loaderName;
  }

  Failure read(Throwable thrown) {
    Throwable cause = unwrapped(thrown);
    if (cause instanceof NoClassDefFoundError && firstInitialiser != null && isRepeated(cause)) {
      return firstInitialiser;
    }
    Failure failure = plain(cause);
    if (thrown instanceof ExceptionInInitializerError) {
      firstInitialiser = failure;
    }
    return failure;
  }

  private static boolean isRepeated(Throwable cause) {
    return String.valueOf(cause.getMessage()).startsWith("Could not initialize class");
  }

  private Failure plain(Throwable thrown) {
    String message = cut(messageOf(thrown), MESSAGE_CHARS_MAX);
    List<String> frames = frames(thrown, loaderName);
    Values values = values(thrown, message);
    return new Failure(
        thrown.getClass().getName(), message, values.expected, values.actual, frames);
  }

  /** Null where the assertion did not say. */
  private record Values(@Nullable String expected, @Nullable String actual) {
    static final Values UNKNOWN = new Values(null, null);
  }

  private static Values values(Throwable thrown, String message) {
    return switch (thrown) {
      case MultipleFailuresError many when !many.getFailures().isEmpty() -> {
        Throwable first = many.getFailures().getFirst();
        yield values(first, messageOf(first));
      }
      case AssertionFailedError error when error.isExpectedDefined() && error.isActualDefined() ->
          new Values(text(error.getExpected()), text(error.getActual()));
      case AssertionError _ -> valuesInText(message);
      default -> Values.UNKNOWN;
    };
  }

  private static Values valuesInText(String message) {
    Matcher blocks = ASSERTJ_BLOCKS.matcher(message);
    if (blocks.matches()) {
      String expected = blocks.group(2).replaceAll("\\n +", " ").strip();
      return new Values(
          cut(expected, VALUE_CHARS_MAX), cut(blocks.group(1).strip(), VALUE_CHARS_MAX));
    }
    Matcher butWas = ASSERTJ_BUT_WAS.matcher(message);
    if (butWas.matches()) {
      return new Values(
          cut(butWas.group(1).strip(), VALUE_CHARS_MAX),
          cut(butWas.group(2).strip(), VALUE_CHARS_MAX));
    }
    return Values.UNKNOWN;
  }

  private static @Nullable String text(@Nullable ValueWrapper value) {
    return value == null ? "null" : cut(value.getStringRepresentation(), VALUE_CHARS_MAX);
  }

  /** An exception's own method may fail too. */
  private static String messageOf(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      return message == null ? "" : LOADER.matcher(message.strip()).replaceAll("");
    } catch (RuntimeException e) {
      return "(no message: " + e.getClass().getName() + ")";
    }
  }

  private static Throwable unwrapped(Throwable thrown) {
    Throwable at = thrown;
    for (int i = 0; i < CAUSES_MAX; i++) {
      Throwable cause = at.getCause();
      boolean wraps =
          at instanceof InvocationTargetException || at instanceof ExceptionInInitializerError;
      if (!wraps || cause == null) {
        return at;
      }
      at = cause;
    }
    return at;
  }

  static Outcome outcome(Throwable thrown) {
    if (outOfMemory(thrown) != null) {
      return Outcome.OUT_OF_MEMORY;
    }
    boolean late =
        thrown instanceof TimeoutException
            && String.valueOf(thrown.getMessage()).contains("timed out after");
    return late ? Outcome.TIMED_OUT : Outcome.FAILED;
  }

  static @Nullable OutOfMemoryError outOfMemory(@Nullable Throwable thrown) {
    Throwable at = thrown;
    for (int i = 0; i < CAUSES_MAX && at != null; i++) {
      if (at instanceof OutOfMemoryError error) {
        return error;
      }
      at = at.getCause();
    }
    return null;
  }

  static boolean isAssumption(Throwable thrown) {
    return thrown instanceof IncompleteExecutionException;
  }

  /** Frames of the examined classes: those of what was thrown, then those of its causes. */
  static List<String> frames(Throwable thrown, String loaderName) {
    List<String> frames = new ArrayList<>();
    Throwable at = thrown;
    for (int i = 0; i < CAUSES_MAX && at != null; i++) {
      addFrames(at.getStackTrace(), loaderName, frames);
      at = at.getCause();
    }
    return frames;
  }

  static void addFrames(StackTraceElement[] stack, String loaderName, List<String> frames) {
    for (StackTraceElement frame : stack) {
      boolean written = frame.getFileName() != null && frame.getLineNumber() > 0;
      if (written && loaderName.equals(frame.getClassLoaderName()) && frames.size() < FRAMES_MAX) {
        frames.add(
            "%s.%s(%s:%d)"
                .formatted(
                    frame.getClassName(),
                    frame.getMethodName(),
                    frame.getFileName(),
                    frame.getLineNumber()));
      }
    }
  }

  /** The parameters in a report of jqwik, on one line; empty where there are none. */
  static String smallestExample(String report) {
    Matcher sample = SAMPLE.matcher(report);
    if (!sample.find()) {
      return "";
    }
    List<String> parameters =
        sample.group(1).lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    return cut(String.join(", ", parameters), VALUE_CHARS_MAX);
  }

  private static String cut(String text, int charsMax) {
    return text.length() <= charsMax ? text : text.substring(0, charsMax) + " ...";
  }
}
