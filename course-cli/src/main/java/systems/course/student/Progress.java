package systems.course.student;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Collectors;
import systems.course.catalogue.CourseException;

/**
 * How far a student has come: {@code .course/progress}, text that one may read and commit.
 *
 * <pre>
 *   hint.Recovery\#apply=2         how many of the three hints were looked at
 *   phase.1=passed                 untried (also where the line is missing), failed, passed
 *   phase.2=failed
 * </pre>
 *
 * <p>The lines are sorted and carry no date, so that a commit shows what changed. Written whole or
 * not at all; two commands at once do not tear the file, the later one wins.
 */
public final class Progress {
  /** What the last check said about a phase. */
  public enum State {
    UNTRIED,
    FAILED,
    PASSED
  }

  /** The question, the lecture's paragraph, the reference's body. */
  public static final int HINTS_MAX = 3;

  private static final String FILE = ".course/progress";

  private final Path file;
  private final Properties entries;

  private Progress(Path file, Properties entries) {
    this.file = file;
    this.entries = entries;
  }

  /** The progress of a project; of one that was never checked, nothing tried. */
  public static Progress of(StudentProject project) {
    Path file = project.folder().resolve(FILE);
    return new Progress(
        file, Files.exists(file) ? StudentProject.properties(file) : new Properties());
  }

  public State phase(int number) {
    String said = entries.getProperty("phase." + number, name(State.UNTRIED));
    for (State state : State.values()) {
      if (name(state).equals(said)) {
        return state;
      }
    }
    throw CourseException.malformed(
        file, 0, "phase.%d: expected untried, failed or passed, found %s".formatted(number, said));
  }

  public void mark(int number, State state) {
    entries.setProperty("phase." + number, name(state));
  }

  /** How many hints to a member were looked at; members are named {@code Type#member}. */
  public int hints(String member) {
    String said = entries.getProperty("hint." + member, "0");
    if (!said.matches("\\d") || Integer.parseInt(said) > HINTS_MAX) {
      throw CourseException.malformed(
          file, 0, "hint.%s: expected 1 to %d, found %s".formatted(member, HINTS_MAX, said));
    }
    return Integer.parseInt(said);
  }

  public void lookedAt(String member, int hints) {
    assert hints >= 1 && hints <= HINTS_MAX : hints;
    entries.setProperty("hint." + member, Integer.toString(hints));
  }

  /** Members with a hint that was looked at, sorted. */
  public List<String> hinted() {
    return entries.stringPropertyNames().stream()
        .filter(key -> key.startsWith("hint."))
        .map(key -> key.substring("hint.".length()))
        .sorted()
        .toList();
  }

  /** Writes the file, whole or not at all. */
  public void save() {
    Path draft = file.resolveSibling("progress.draft-" + ProcessHandle.current().pid());
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(draft, text());
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private String text() throws IOException {
    var written = new StringWriter();
    entries.store(written, null);
    return written
        .toString()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .sorted()
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  private static String name(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
