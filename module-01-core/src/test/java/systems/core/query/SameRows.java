package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares answers: doubles but for the order in which they were added. */
final class SameRows {
  private static final double RELATIVE_ERROR = 1e-9;

  private SameRows() {}

  /** Asserts that two answers have the same rows; in the same order if one was asked for. */
  static void check(
      String about,
      boolean ordered,
      List<List<@Nullable Object>> ours,
      List<List<@Nullable Object>> theirs) {
    assertThat(ours.size()).as(about + ": rows").isEqualTo(theirs.size());
    List<List<@Nullable Object>> left = ordered ? ours : sorted(ours);
    List<List<@Nullable Object>> right = ordered ? theirs : sorted(theirs);
    for (int i = 0; i < left.size(); i++) {
      assertThat(isSame(left.get(i), right.get(i)))
          .as("%s: row %d is %s and should be %s", about, i, left.get(i), right.get(i))
          .isTrue();
    }
  }

  private static List<List<@Nullable Object>> sorted(List<List<@Nullable Object>> rows) {
    var sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparing(SameRows::key));
    return sorted;
  }

  /** Doubles that differ only by rounding come out the same, nearly always. */
  private static String key(List<@Nullable Object> row) {
    var key = new StringBuilder();
    for (Object value : row) {
      key.append(value instanceof Double d ? String.format("%.4f", d + 0.0) : value).append('|');
    }
    return key.toString();
  }

  static boolean isSame(List<@Nullable Object> left, List<@Nullable Object> right) {
    for (int i = 0; i < left.size(); i++) {
      if (!isSame(left.get(i), right.get(i))) {
        return false;
      }
    }
    return left.size() == right.size();
  }

  private static boolean isSame(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Double a && right instanceof Double b) {
      double difference = Math.abs(a - b);
      return a.equals(b)
          || a == (double) b
          || difference <= RELATIVE_ERROR * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
    }
    return left == null ? right == null : left.equals(right);
  }
}
