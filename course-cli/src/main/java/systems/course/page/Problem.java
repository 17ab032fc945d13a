package systems.course.page;

import java.nio.file.Path;
import java.util.Comparator;

/**
 * What is wrong with a page, and where.
 *
 * @param page as it is shown to people: relative to the checkout
 * @param line of the page, from 1
 * @param sentence says what to do, or what is there and what was expected
 */
public record Problem(Path page, int line, String sentence) implements Comparable<Problem> {
  private static final Comparator<Problem> IN_READING_ORDER =
      Comparator.comparing(Problem::page)
          .thenComparingInt(Problem::line)
          .thenComparing(Problem::sentence);

  public Problem {
    assert line >= 1;
  }

  @Override
  public int compareTo(Problem other) {
    return IN_READING_ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return page + ":" + line + ": " + sentence;
  }
}
