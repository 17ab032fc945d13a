package systems.course.cut;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * Reads the markers of one file, line by line, with a stack of the regions that are open.
 *
 * <p>Strict: what begins like a marker is one, or it is refused by file and line. A misspelt marker
 * that counted as a comment would hand the solution to the students.
 */
final class Markers {
  private static final String PHASE = "phase (\\d{1,2})";
  private static final Pattern OPEN =
      Pattern.compile(PHASE + "(?:: (?<question>.*)|(?<only> only))");
  private static final Pattern CLOSE = Pattern.compile(PHASE + "(?: with: (?<stub>.*))?");
  private static final Pattern BUG =
      Pattern.compile("(?:" + PHASE + " )?(?<name>[a-zA-Z][\\w-]{0,60}): (?<code>\\S.*)");

  private record Opened(int phase, Region.Kind kind, String question, int line) {}

  private final Path file;
  private final List<String> lines;
  private final String open;
  private final String close;
  private final String bug;
  private final Pattern nearMiss;

  private final Deque<Opened> opened = new ArrayDeque<>();
  private final List<Region> regions = new ArrayList<>();
  private final Map<String, Bug> bugs = new TreeMap<>();
  private int line;

  private Markers(Path file, Notation notation, List<String> lines) {
    this.file = file;
    this.lines = lines;
    open = notation.sign + ">";
    close = notation.sign + "<";
    bug = notation.sign + "~";
    nearMiss =
        Pattern.compile(Pattern.quote(notation.sign) + " ?(?:[<>] ?phase ?\\d|~ ?[\\w-]+:).*");
  }

  static MarkedSource read(Path file, Notation notation, List<String> lines) {
    return new Markers(file, notation, lines).read();
  }

  private MarkedSource read() {
    for (String text : lines) {
      line++;
      readLine(text.strip());
    }
    if (!opened.isEmpty()) {
      line = opened.peek().line();
      throw malformed("this region is never closed: expected %s phase %d", close, phaseOnTop());
    }
    regions.sort(Comparator.comparingInt(Region::firstLine));
    List<Bug> inOrder =
        bugs.values().stream().sorted(Comparator.comparingInt(Bug::line)).map(this::asked).toList();
    return new MarkedSource(file, List.copyOf(regions), inOrder, lines);
  }

  private void readLine(String text) {
    if (text.startsWith(open)) {
      readOpen(text.substring(open.length()).strip());
    } else if (text.startsWith(close)) {
      readClose(text.substring(close.length()).strip());
    } else if (text.contains(bug)) {
      int at = text.lastIndexOf(bug);
      readBug(text.substring(0, at).strip(), text.substring(at + bug.length()).strip());
    } else if (nearMiss.matcher(text).find()) {
      throw malformed(
          "a marker stands on a line of its own and begins with %s or %s, a bug ends a line with"
              + " %s name: code",
          open, close, bug);
    }
  }

  private void readOpen(String text) {
    Matcher marker = OPEN.matcher(text);
    if (!marker.matches()) {
      throw malformed("expected %s phase N: a question, or %s phase N only", open, open);
    }
    int phase = phase(marker.group(1));
    if (!opened.isEmpty() && phase <= phaseOnTop()) {
      throw malformed(
          "a region of phase %d inside of one of phase %d is never shown", phase, phaseOnTop());
    }
    boolean only = marker.group("only") != null;
    String question = only ? "" : marker.group("question").strip();
    if (!only && question.isEmpty()) {
      throw malformed("the question is empty: what should the student think about?");
    }
    opened.push(new Opened(phase, only ? Region.Kind.ONLY : Region.Kind.BODY, question, line));
  }

  private void readClose(String text) {
    Matcher marker = CLOSE.matcher(text);
    if (!marker.matches()) {
      throw malformed("expected %s phase N, or %s phase N with: a stub", close, close);
    }
    if (opened.isEmpty()) {
      throw malformed("closes a region that was never opened");
    }
    Opened start = opened.pop();
    int phase = phase(marker.group(1));
    if (phase != start.phase()) {
      throw malformed(
          "closes phase %d, but the region of line %d is of phase %d",
          phase, start.line(), start.phase());
    }
    String stub = marker.group("stub");
    checkStub(start, stub);
    regions.add(
        new Region(
            phase,
            start.kind(),
            start.question(),
            start.line(),
            line,
            stub == null ? "" : stub.strip()));
  }

  private void checkStub(Opened start, @Nullable String stub) {
    if (stub == null) {
      return;
    }
    if (start.kind() == Region.Kind.ONLY) {
      throw malformed("'only' regions vanish: they have no stub");
    }
    if (stub.isBlank()) {
      throw malformed("the stub is empty: leave 'with:' out, or say what stands there instead");
    }
    if (stub.contains(bug)) {
      throw malformed("a stub cannot carry a bug");
    }
  }

  private void readBug(String original, String text) {
    Matcher marker = BUG.matcher(text);
    if (!marker.matches()) {
      throw malformed("expected %s name: the wrong code, or %s phase N name: ...", bug, bug);
    }
    if (original.isEmpty()) {
      throw malformed("a bug replaces the line that it ends: here is none");
    }
    String name = marker.group("name");
    Bug found =
        new Bug(name, phaseOfBug(marker.group(1)), file, line, original, marker.group("code"), "");
    Bug earlier = bugs.putIfAbsent(name, found);
    if (earlier != null) {
      throw malformed("a bug named %s stands in line %d already", name, earlier.line());
    }
  }

  private int phaseOfBug(@Nullable String said) {
    if (opened.isEmpty() && said == null) {
      throw malformed("outside of a region a bug says its phase: %s phase N name: code", bug);
    }
    if (!opened.isEmpty() && said != null) {
      throw malformed(
          "inside of a region a bug is of the region's phase, %d: leave it out", phaseOnTop());
    }
    return said != null ? phase(said) : phaseOnTop();
  }

  private int phase(String digits) {
    int phase = Integer.parseInt(digits);
    if (phase == 0) {
      throw malformed("phases are counted from 1");
    }
    return phase;
  }

  private int phaseOnTop() {
    Opened top = opened.peek();
    assert top != null;
    return top.phase();
  }

  /** A bug among helpers that vanish gets the question of the body that they help. */
  private Bug asked(Bug bug) {
    boolean given = regions.stream().noneMatch(region -> region.holds(bug.line()));
    String question = given ? "" : questionBefore(bug);
    return new Bug(
        bug.name(),
        bug.phase(),
        bug.file(),
        bug.line(),
        bug.original(),
        bug.replacement(),
        question);
  }

  private String questionBefore(Bug bug) {
    return regions.stream()
        .filter(r -> r.kind() == Region.Kind.BODY && r.phase() == bug.phase())
        .filter(r -> r.firstLine() < bug.line())
        .reduce((_, last) -> last)
        .map(Region::question)
        .orElse("");
  }

  private CourseException malformed(String sentence, Object... values) {
    return CourseException.malformed(file, line, sentence.formatted(values));
  }
}
