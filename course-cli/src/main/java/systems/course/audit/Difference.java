package systems.course.audit;

import java.util.List;

/** Where two texts part. */
final class Difference {
  private Difference() {}

  static String first(String recorded, String found) {
    if (recorded.isEmpty()) {
      return "bugs.md has no section for it; --write makes one";
    }
    List<String> left = recorded.lines().toList();
    List<String> right = found.lines().toList();
    int same = 0;
    while (same < Math.min(left.size(), right.size()) && left.get(same).equals(right.get(same))) {
      same++;
    }
    return "bugs.md says '%s', a student reads '%s'; --write takes it over"
        .formatted(line(left, same), line(right, same));
  }

  private static String line(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index) : "(the end)";
  }
}
