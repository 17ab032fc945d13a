package systems.course.catalogue;

import java.io.Serial;
import java.nio.file.Path;

/** Something that the person at the keyboard can mend. The message is a sentence that says how. */
public final class CourseException extends RuntimeException {
  public static final int FAILED = 1;
  public static final int USAGE = 2;

  @Serial private static final long serialVersionUID = 1;

  public final int exitCode;

  private CourseException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public static CourseException failed(String message) {
    return new CourseException(FAILED, message);
  }

  public static CourseException usage(String message) {
    return new CourseException(USAGE, message);
  }

  /**
   * A file of the course itself that is not as it should be: where, what was expected, what is
   * there.
   */
  public static CourseException malformed(Path file, int line, String message) {
    return failed(file + (line > 0 ? ":" + line : "") + ": " + message);
  }
}
