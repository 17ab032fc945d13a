package systems.course.exam;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the compiler said.
 *
 * @param successful classes were written; there may be warnings all the same
 */
public record Compilation(boolean successful, List<Complaint> complaints, long millis) {
  /**
   * One error or warning.
   *
   * @param file null where it is about no file
   * @param line from 1; 0 where it is about no line
   * @param column from 1; 0 likewise
   * @param sentence without file and line; may have several lines
   */
  public record Complaint(
      boolean error, @Nullable Path file, int line, int column, String sentence) {}

  public Compilation {
    complaints = List.copyOf(complaints);
  }

  public List<Complaint> errors() {
    return complaints.stream().filter(Complaint::error).toList();
  }
}
