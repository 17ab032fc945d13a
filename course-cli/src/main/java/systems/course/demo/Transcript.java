package systems.course.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a demo says a command prints, compared with what it printed.
 *
 * <pre>
 *   expected            output                 segments of the expected lines
 *   --------            ------
 *   started             started                [started]            at the start
 *   ...                 12:01 opened a.log
 *                       12:01 opened b.log
 *   2 files, ... ms     2 files, 17 ms         [2 files, ... ms]    at the first place that fits
 *   ...
 *   bye                 bye                    [bye]                at the end
 * </pre>
 *
 * <p>A line that is just {@code ...} stands for any number of lines, also none; inside a line
 * {@code ...} stands for any text, also none. Blanks at a line's end and empty lines at the end of
 * the output do not count: a Markdown file cannot show them.
 *
 * <p>Taking the first place that fits is enough. If some other choice of places matches, moving a
 * segment up to its first place leaves more room for those below it, so no choice is ever taken
 * back. The same holds inside a line. Both therefore need no backtracking, where a regular
 * expression with one {@code .*} per gap can take exponential time on long outputs.
 */
final class Transcript {
  private static final String ANYTHING = "...";

  /**
   * Where the two part.
   *
   * @param expectedLine index of the first expected line that found no partner; the number of
   *     expected lines if all did
   * @param outputLine index of the output line that stands there instead; the number of output
   *     lines if none is left
   */
  record Mismatch(int expectedLine, int outputLine) {}

  private final List<String> expected;

  Transcript(List<String> expected) {
    this.expected = trimmed(expected);
  }

  List<String> expected() {
    return expected;
  }

  /** Empty when the output is as expected. */
  Optional<Mismatch> compare(List<String> printed) {
    List<String> output = trimmed(printed);
    int start = 0;
    int line = 0;
    while (true) {
      assert start <= expected.size() && line <= output.size();
      int end = endOfSegment(start);
      boolean anchored = start == 0;
      boolean last = end == expected.size();
      var place = place(start, end, output, line, anchored, last);
      if (place instanceof Nowhere(Mismatch mismatch)) {
        return Optional.of(mismatch);
      }
      if (last) {
        return Optional.empty();
      }
      line = ((At) place).line() + end - start;
      start = end + 1;
    }
  }

  private sealed interface Place {}

  private record At(int line) implements Place {}

  private record Nowhere(Mismatch mismatch) implements Place {}

  private Place place(
      int start, int end, List<String> output, int from, boolean anchored, boolean last) {
    if (anchored && last) {
      return fitsWhole(start, end, output, from);
    }
    int length = end - start;
    int lowest = last ? Math.max(from, output.size() - length) : from;
    int highest = anchored ? from : output.size() - length;
    var closest = new Mismatch(start, Math.min(lowest, output.size()));
    for (int at = lowest; at <= highest || at == lowest; at++) {
      int agreeing = agreeing(start, end, output, at);
      if (agreeing == length) {
        return new At(at);
      }
      if (start + agreeing > closest.expectedLine()) {
        closest = new Mismatch(start + agreeing, at + agreeing);
      }
    }
    return new Nowhere(closest);
  }

  private Place fitsWhole(int start, int end, List<String> output, int from) {
    int agreeing = agreeing(start, end, output, from);
    boolean whole = start + agreeing == end && from + agreeing == output.size();
    return whole ? new At(from) : new Nowhere(new Mismatch(start + agreeing, from + agreeing));
  }

  private int agreeing(int start, int end, List<String> output, int at) {
    assert start <= end && end <= expected.size() && at >= 0;
    int n = 0;
    while (start + n < end
        && at + n < output.size()
        && lineMatches(expected.get(start + n), output.get(at + n))) {
      n++;
    }
    return n;
  }

  private int endOfSegment(int start) {
    int end = start;
    while (end < expected.size() && !expected.get(end).strip().equals(ANYTHING)) {
      end++;
    }
    return end;
  }

  static boolean lineMatches(String pattern, String line) {
    int gap = pattern.indexOf(ANYTHING);
    if (gap < 0) {
      return pattern.equals(line);
    }
    if (!line.startsWith(pattern.substring(0, gap))) {
      return false;
    }
    int at = gap;
    while (true) {
      int from = gap + ANYTHING.length();
      gap = pattern.indexOf(ANYTHING, from);
      if (gap < 0) {
        String tail = pattern.substring(from);
        return line.length() - tail.length() >= at && line.endsWith(tail);
      }
      String piece = pattern.substring(from, gap);
      int found = line.indexOf(piece, at);
      if (found < 0) {
        return false;
      }
      at = found + piece.length();
    }
  }

  private static List<String> trimmed(List<String> lines) {
    List<String> result = new ArrayList<>();
    for (String line : lines) {
      result.add(line.stripTrailing());
    }
    while (!result.isEmpty() && result.getLast().isEmpty()) {
      result.removeLast();
    }
    return List.copyOf(result);
  }
}
