package systems.course.cut;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import systems.course.catalogue.CourseException;

/**
 * A file of the reference with the markers that make three products of it.
 *
 * <pre>
 *   marked source                                   reading        starter(2)         withBug("loud")
 *   -------------                                   -------        ----------         ---------------
 *   void play() {                                   void play() {  void play() {      void play() {
 *     //> phase 2: how loud?                                         // TODO phase 2: how loud?
 *     volume(3); //~ loud: volume(9);                 volume(3);     throw new ...      volume(9);
 *     //&lt; phase 2                                 }              }                  }
 *   }
 *   //> phase 2 only
 *   void volume(int v) {}                           void volume    (nothing)          void volume
 *   //&lt; phase 2
 * </pre>
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Regions are nested properly, an inner one of a later phase than the outer one: else no
 *       starter would ever show it.
 *   <li>{@code starter(n)} has no line of a region of phase n or later, and all others; no product
 *       has a marker.
 *   <li>{@code starter} of a phase after the last equals {@code reading}.
 * </ol>
 *
 * <p>Imports that only the missing bodies needed go too: no compiler asks for it, but they would
 * tell which classes the solution uses. Templates with the starter kept beside the reference were
 * the alternative; they drift apart with the first correction, and nobody notices.
 *
 * @param file as it is shown to people
 * @param regions by their first line
 * @param bugs by their line
 * @param lines with all markers
 */
public record MarkedSource(Path file, List<Region> regions, List<Bug> bugs, List<String> lines) {
  private static final int LINES_MAX = 20_000;

  /** Whether a file of this name can carry markers. */
  public static boolean canBeMarked(Path file) {
    return Notation.of(file).isPresent();
  }

  /**
   * Reads the markers of a text.
   *
   * @throws CourseException for a malformed marker, with file and line
   */
  public static MarkedSource parse(Path file, String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() > LINES_MAX) {
      throw CourseException.malformed(
          file, 0, "%d lines, at most %d".formatted(lines.size(), LINES_MAX));
    }
    return Notation.of(file)
        .map(notation -> Markers.read(file, notation, lines))
        .orElseGet(() -> new MarkedSource(file, List.of(), List.of(), lines));
  }

  public boolean isMarked() {
    return !regions.isEmpty() || !bugs.isEmpty();
  }

  /** The reference as it is published: without markers. */
  public String reading() {
    return text(unmarked(Integer.MAX_VALUE));
  }

  /** What a student begins the phase with: all that earlier phases were about is there. */
  public String starter(int phase) {
    List<String> cut = unmarked(phase);
    return text(isJava() ? Imports.withoutUnneeded(cut, unmarked(Integer.MAX_VALUE)) : cut);
  }

  /** The reading with one wrong line. */
  public String withBug(String name) {
    Bug bug =
        bugs.stream()
            .filter(b -> b.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(file + " has no bug named " + name));
    List<String> wrong = new ArrayList<>(lines);
    String right = lines.get(bug.line() - 1);
    wrong.set(bug.line() - 1, indentation(right) + bug.replacement());
    return new MarkedSource(
            file, regions, bugs.stream().filter(b -> b.line() != bug.line()).toList(), wrong)
        .reading();
  }

  private boolean isJava() {
    return Notation.of(file).equals(Optional.of(Notation.JAVA));
  }

  private List<String> unmarked(int phase) {
    Map<Integer, Region> opening = new HashMap<>();
    Set<Integer> closing = new HashSet<>();
    regions.forEach(region -> opening.put(region.firstLine(), region));
    regions.forEach(region -> closing.add(region.lastLine()));
    Map<Integer, Bug> wrong = new HashMap<>();
    bugs.forEach(bug -> wrong.put(bug.line(), bug));

    var kept = new Kept();
    for (int line = 1; line <= lines.size(); line++) {
      Region region = opening.get(line);
      if (region != null && region.phase() >= phase) {
        kept.replace(inPlaceOf(region));
        line = region.lastLine();
      } else if (region == null && !closing.contains(line)) {
        String text = lines.get(line - 1);
        kept.add(wrong.containsKey(line) ? withoutEnd(text) : text);
      }
    }
    return kept.lines;
  }

  private List<String> inPlaceOf(Region region) {
    if (region.kind() == Region.Kind.ONLY) {
      return List.of();
    }
    String indentation = indentation(lines.get(region.firstLine() - 1));
    return region.stub().isEmpty()
        ? notation().refusal(indentation, region.phase(), region.question())
        : notation().standIn(indentation, region.phase(), region.question(), region.stub());
  }

  private String withoutEnd(String line) {
    return line.substring(0, line.lastIndexOf(notation().sign + "~")).stripTrailing();
  }

  private Notation notation() {
    return Notation.of(file).orElseThrow();
  }

  private static String indentation(String line) {
    return line.substring(0, line.length() - line.stripLeading().length());
  }

  private static String text(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  /** Lines that stay; where some vanished, the empty ones around them close up. */
  private static final class Kept {
    final List<String> lines = new ArrayList<>();
    private boolean gap;

    void replace(List<String> others) {
      lines.addAll(others);
      gap = others.isEmpty();
    }

    void add(String line) {
      if (gap && line.isBlank() && endsOpen()) {
        return;
      }
      if (gap && line.strip().startsWith("}") && endsBlank()) {
        lines.removeLast();
      }
      lines.add(line);
      gap = false;
    }

    private boolean endsBlank() {
      return !lines.isEmpty() && lines.getLast().isBlank();
    }

    private boolean endsOpen() {
      return lines.isEmpty() || endsBlank() || lines.getLast().endsWith("{");
    }
  }
}
