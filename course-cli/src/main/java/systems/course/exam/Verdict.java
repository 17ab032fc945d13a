package systems.course.exam;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of one test method; all invocations of a parameterised test and all tries of a property
 * count as one.
 *
 * @param testClass binary name, {@code systems.kvstore.log.LogWriterTest$Torn}
 * @param method its name, or {@link #AFTER_ALL} for what broke when all methods had been decided
 * @param displayName as JUnit shows it
 * @param tags of the method and of what it lies in
 * @param failure null if it passed
 * @param output what it printed, cut to a bound
 */
public record Verdict(
    String testClass,
    String method,
    String displayName,
    Set<String> tags,
    Outcome outcome,
    @Nullable Failure failure,
    long millis,
    String output) {
  /** The method of a verdict on a class whose end failed. */
  public static final String AFTER_ALL = "(after all)";

  /** The last three ended the JVM; the examination went on in another one. */
  public enum Outcome {
    PASSED,
    FAILED,
    /** An assumption did not hold. */
    ABORTED,
    /** Disabled. */
    SKIPPED,
    TIMED_OUT,
    EXITED,
    OUT_OF_MEMORY
  }

  public boolean passed() {
    return outcome == Outcome.PASSED;
  }

  /** Neither passed nor left out for a reason that the test itself gives. */
  public boolean failed() {
    return switch (outcome) {
      case PASSED, ABORTED, SKIPPED -> false;
      case FAILED, TIMED_OUT, EXITED, OUT_OF_MEMORY -> true;
    };
  }

  /** {@code Class#method}, as a {@link Selection} takes it. */
  public String name() {
    return testClass + "#" + method;
  }
}
