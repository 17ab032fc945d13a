package systems.course.exam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a test did not pass.
 *
 * @param type class of what was thrown, as {@code java.lang.IllegalStateException}
 * @param message may have several lines; for a property the last one is the smallest example that
 *     fails
 * @param expected null where the assertion did not say
 * @param actual likewise
 * @param frames of the examined classes only, innermost first, as {@code a.B.method(B.java:12)}
 */
public record Failure(
    String type,
    String message,
    @Nullable String expected,
    @Nullable String actual,
    List<String> frames) {
  public Failure {
    frames = List.copyOf(frames);
  }
}
