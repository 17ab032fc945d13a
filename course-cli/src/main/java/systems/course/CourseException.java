package systems.course;

import java.io.Serial;
import java.nio.file.Path;

/** Something that the person at the keyboard can mend. The message is a sentence that says how. */
final class CourseException extends RuntimeException {
  static final int FAILED = 1;
  static final int USAGE = 2;

  @Serial private static final long serialVersionUID = 1;

  final int exitCode;

  private CourseException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CourseException failed(String message) {
    return new CourseException(FAILED, message);
  }

  static CourseException usage(String message) {
    return new CourseException(USAGE, message);
  }

  /**
   * A file of the course itself that is not as it should be: where, what was expected, what is
   * there.
   */
  static CourseException malformed(Path file, int line, String message) {
    return failed(file + (line > 0 ? ":" + line : "") + ": " + message);
  }
}
